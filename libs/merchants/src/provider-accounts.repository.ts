import { businessTimeOf, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { ProviderAccount } from './provider-account.js';

/** An account with what is sealed in it. */
export interface SealedAccount {
  readonly account: ProviderAccount;
  readonly sealedCredentials: string;
  readonly sealedWebhookSecret: string;
  readonly sealedWebhookToken: string;
  readonly webhookTokenHash: string;
  readonly requestHash: string;
}

type Row = Omit<ProviderAccount, 'clockNow'> & Omit<SealedAccount, 'account'>;

const COLUMNS = `merchant_id AS "merchantId", id, name, provider, mode, base_url AS "baseUrl",
  currencies, terms_url AS "termsUrl", return_hosts AS "returnHosts",
  notification_url AS "notificationUrl", rate_limit_per_second AS "rateLimitPerSecond",
  replay, is_reference_reusable AS "isReferenceReusable",
  is_raw_card_registration_on AS "isRawCardRegistrationOn",
  bulk_operation_size AS "bulkOperationSize",
  duplicate_capture_policy AS "duplicateCapturePolicy", clock_mode AS "clockMode",
  clock_offset_ms AS "clockOffsetMs",
  created_at AS "createdAt", updated_at AS "updatedAt",
  sealed_credentials AS "sealedCredentials", sealed_webhook_secret AS "sealedWebhookSecret",
  sealed_webhook_token AS "sealedWebhookToken", webhook_token_hash AS "webhookTokenHash",
  request_hash AS "requestHash"`;

const fromRow = (row: Row, now: MachineInstant): SealedAccount => {
  const { sealedCredentials, sealedWebhookSecret, sealedWebhookToken, ...rest } = row;
  const { webhookTokenHash, requestHash, ...account } = rest;
  return {
    account: { ...account, clockNow: businessTimeOf(now, account.clockOffsetMs) },
    sealedCredentials,
    sealedWebhookSecret,
    sealedWebhookToken,
    webhookTokenHash,
    requestHash,
  };
};

/** Answers nothing when the name is taken. */
export const insertAccount = async (tx: Transaction, sealed: SealedAccount): Promise<boolean> => {
  const { account } = sealed;
  const inserted = await tx.query(
    `INSERT INTO provider_accounts (merchant_id, id, name, provider, mode, base_url, currencies,
       terms_url, return_hosts, notification_url, rate_limit_per_second, replay,
       is_reference_reusable, is_raw_card_registration_on, bulk_operation_size,
       duplicate_capture_policy, clock_mode, sealed_credentials, sealed_webhook_secret,
       sealed_webhook_token, webhook_token_hash, request_hash, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
       $20, $21, $22, $23, $23)
     ON CONFLICT (merchant_id, name) DO NOTHING RETURNING id`,
    [
      ...[account.merchantId, account.id, account.name, account.provider, account.mode],
      ...[account.baseUrl, account.currencies, account.termsUrl, account.returnHosts],
      ...[account.notificationUrl, account.rateLimitPerSecond, account.replay],
      ...[account.isReferenceReusable, account.isRawCardRegistrationOn],
      ...[account.bulkOperationSize, account.duplicateCapturePolicy],
      ...[account.clockMode, sealed.sealedCredentials],
      ...[sealed.sealedWebhookSecret, sealed.sealedWebhookToken, sealed.webhookTokenHash],
      ...[sealed.requestHash, account.createdAt],
    ],
  );
  return inserted.length === 1;
};

/** Writes what may change. `updated_at` always grows: it is the version that opened credentials are kept under. */
export const updateAccount = async (tx: Transaction, sealed: SealedAccount): Promise<void> => {
  const { account } = sealed;
  await tx.query(
    `UPDATE provider_accounts SET base_url = $3, currencies = $4, terms_url = $5,
       return_hosts = $6, notification_url = $7, rate_limit_per_second = $8, replay = $9,
       is_reference_reusable = $10, is_raw_card_registration_on = $11, bulk_operation_size = $12,
       duplicate_capture_policy = $13, sealed_credentials = $14, sealed_webhook_secret = $15,
       updated_at = greatest($16, updated_at + interval '1 ms')
     WHERE merchant_id = $1 AND id = $2`,
    [
      ...[account.merchantId, account.id, account.baseUrl, account.currencies],
      ...[account.termsUrl, account.returnHosts, account.notificationUrl],
      ...[account.rateLimitPerSecond, account.replay, account.isReferenceReusable],
      ...[account.isRawCardRegistrationOn, account.bulkOperationSize],
      ...[
        account.duplicateCapturePolicy,
        sealed.sealedCredentials,
        sealed.sealedWebhookSecret,
        tx.now,
      ],
    ],
  );
};

export const findAccounts = async (
  tx: Transaction,
  merchantId: string,
  ids: readonly string[],
): Promise<SealedAccount[]> => {
  const rows = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM provider_accounts WHERE merchant_id = $1 AND id = ANY($2::uuid[])`,
    [merchantId, ids],
  );
  return rows.map((row) => fromRow(row, tx.now));
};

/** The account, locked until the transaction ends. */
export const lockAccount = async (
  tx: Transaction,
  merchantId: string,
  id: string,
): Promise<SealedAccount | undefined> => {
  const [row] = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM provider_accounts WHERE merchant_id = $1 AND id = $2 FOR UPDATE`,
    [merchantId, id],
  );
  return row && fromRow(row, tx.now);
};

export const findAccountByName = async (
  tx: Transaction,
  merchantId: string,
  name: string,
): Promise<SealedAccount | undefined> => {
  const [row] = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM provider_accounts WHERE merchant_id = $1 AND name = $2`,
    [merchantId, name],
  );
  return row && fromRow(row, tx.now);
};

export const listAccounts = async (
  tx: Transaction,
  merchantId: string,
): Promise<ProviderAccount[]> => {
  const rows = await tx.query<Row>(
    `SELECT ${COLUMNS} FROM provider_accounts WHERE merchant_id = $1 ORDER BY id`,
    [merchantId],
  );
  return rows.map((row) => fromRow(row, tx.now).account);
};

export const countAccounts = async (tx: Transaction, merchantId: string): Promise<number> => {
  const [row] = await tx.query<{ count: number }>(
    'SELECT count(*) AS count FROM provider_accounts WHERE merchant_id = $1',
    [merchantId],
  );
  return row?.count ?? 0;
};
