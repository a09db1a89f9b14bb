import { createHash } from 'node:crypto';
import { invariant, newId } from '#kernel';
import { isSameSecret, newSecret, sha256 } from '#platform/crypto';
import type { Database, Transaction } from '#platform/database';
import type { AccountAccess } from '#providers/contract';
import { sealSecrets, type AccountVault } from './account-vault.js';
import { createAgendas } from './agenda.repository.js';
import type { DataKeys } from './data-keys.js';
import {
  withDefaults,
  warningsFor,
  type AccountSettings,
  type ConnectProviderAccount,
  type ProviderAccount,
} from './provider-account.js';
import {
  checkConnection,
  checkSettings,
  type AccountRefusalCode,
  type AccountRules,
} from './provider-account.check.js';
import {
  countAccounts,
  findAccountByName,
  findAccounts,
  insertAccount,
  listAccounts,
  lockAccount,
  updateAccount,
  type SealedAccount,
} from './provider-accounts.repository.js';
import { refusal, type Refusal } from './refusal.js';
import { newWebhookToken, parseWebhookToken } from './webhook-token.js';

/** `providerAccounts` is a plain list, so it is bounded here. */
const ACCOUNTS_MAX = 100;

export type ConnectRefusalCode = AccountRefusalCode | 'IDEMPOTENCY_MISMATCH' | 'LIMIT_EXCEEDED';
export type UpdateRefusalCode = AccountRefusalCode | 'NOT_FOUND';

export type Connection =
  | { kind: 'CONNECTED'; account: ProviderAccount; replayed: boolean; warnings: readonly string[] }
  | { kind: 'REFUSED'; refusals: readonly Refusal<ConnectRefusalCode>[] };

export type AccountUpdate =
  | { kind: 'UPDATED'; account: ProviderAccount }
  | { kind: 'REFUSED'; refusals: readonly Refusal<UpdateRefusalCode>[] };

/** An account and the means to speak for it. */
export interface OpenedAccount {
  readonly account: ProviderAccount;
  readonly access: AccountAccess;
}

/** The input as sent, so that a default that changes later does not turn a replay into a mismatch. */
const hashOf = (input: ConnectProviderAccount): string => {
  const sorted = (value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value)
            .filter(([, each]) => each !== undefined)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, each]) => [key, sorted(each)]),
        )
      : value;
  return createHash('sha256')
    .update(JSON.stringify(sorted(input)))
    .digest('hex');
};

export class ProviderAccounts {
  constructor(
    private readonly database: Database,
    private readonly dataKeys: DataKeys,
    private readonly vault: AccountVault,
    private readonly rules: AccountRules,
  ) {}

  async connect(merchantId: string, input: ConnectProviderAccount): Promise<Connection> {
    const refusals = checkConnection(input, this.rules);
    if (refusals.length > 0) return { kind: 'REFUSED', refusals };
    const requestHash = hashOf(input);
    return this.database.withMerchant(merchantId, async (tx) => {
      const earlier = await findAccountByName(tx, merchantId, input.name);
      if (earlier) return replayOf(earlier, requestHash);
      if ((await countAccounts(tx, merchantId)) >= ACCOUNTS_MAX)
        return refused('LIMIT_EXCEEDED', [], `expected at most ${ACCOUNTS_MAX} provider accounts`);
      const sealed = await this.seal(tx, { merchantId, input, requestHash });
      if (!(await insertAccount(tx, sealed))) {
        const winner = await findAccountByName(tx, merchantId, input.name);
        invariant(winner, 'expected the account that took the name');
        return replayOf(winner, requestHash);
      }
      const { account } = sealed;
      await createAgendas(tx, { merchantId, providerAccountId: account.id });
      const warnings = warningsFor(account.provider);
      return { kind: 'CONNECTED', account, replayed: false, warnings };
    });
  }

  async update(merchantId: string, id: string, settings: AccountSettings): Promise<AccountUpdate> {
    return this.database.withMerchant(merchantId, async (tx) => {
      const sealed = await lockAccount(tx, merchantId, id);
      if (!sealed) {
        const missing = refusal('NOT_FOUND', ['id'], 'expected a provider account of yours');
        return { kind: 'REFUSED', refusals: [missing] };
      }
      const refusals = checkSettings(settings, sealed.account, this.rules);
      if (refusals.length > 0) return { kind: 'REFUSED', refusals };
      const secrets = await this.vault.openSecrets(tx, sealed);
      const key = await this.dataKeys.newest(tx, merchantId);
      await updateAccount(tx, {
        ...sealed,
        account: changed(sealed.account, settings),
        ...sealSecrets(key, id, {
          ...secrets,
          credentials: settings.credentials ?? secrets.credentials,
          webhookSecret: settings.webhookSecret ?? secrets.webhookSecret,
        }),
      });
      const [updated] = await findAccounts(tx, merchantId, [id]);
      invariant(updated, 'expected the account that was just written');
      return { kind: 'UPDATED', account: updated.account };
    });
  }

  list(merchantId: string): Promise<ProviderAccount[]> {
    return this.database.withMerchant(merchantId, (tx) => listAccounts(tx, merchantId));
  }

  findMany(merchantId: string, ids: readonly string[]): Promise<ProviderAccount[]> {
    return this.database.withMerchant(merchantId, async (tx) =>
      (await findAccounts(tx, merchantId, ids)).map(({ account }) => account),
    );
  }

  async findByName(merchantId: string, name: string): Promise<ProviderAccount | undefined> {
    return this.database.withMerchant(
      merchantId,
      async (tx) => (await findAccountByName(tx, merchantId, name))?.account,
    );
  }

  /** How to speak for an account that is known to exist. */
  async access(merchantId: string, id: string): Promise<AccountAccess> {
    const opened = await this.open(merchantId, id);
    invariant(opened, `expected merchant ${merchantId} to have the provider account ${id}`);
    return opened.access;
  }

  /** The account with its credentials in the clear; nothing when the merchant has none of this id. */
  open(merchantId: string, id: string): Promise<OpenedAccount | undefined> {
    return this.database.withMerchant(merchantId, (tx) => this.openIn(tx, merchantId, id));
  }

  /** As {@link open}, within a transaction that is already in this merchant's context. */
  async openIn(
    tx: Transaction,
    merchantId: string,
    id: string,
  ): Promise<OpenedAccount | undefined> {
    const [sealed] = await findAccounts(tx, merchantId, [id]);
    return sealed && this.opened(tx, sealed);
  }

  /** Whose webhook address this is; nothing when it is nobody's. */
  async openByWebhookToken(token: string): Promise<OpenedAccount | undefined> {
    const parts = parseWebhookToken(token);
    if (!parts) return undefined;
    const { merchantId, providerAccountId } = parts;
    return this.database.withMerchant(merchantId, async (tx) => {
      const [sealed] = await findAccounts(tx, merchantId, [providerAccountId]);
      const isOurs = isSameSecret(sha256(token).toString('hex'), sealed?.webhookTokenHash ?? '');
      return sealed && isOurs ? this.opened(tx, sealed) : undefined;
    });
  }

  private async opened(tx: Transaction, sealed: SealedAccount): Promise<OpenedAccount> {
    return { account: sealed.account, access: await this.vault.openAccess(tx, sealed) };
  }

  private async seal(
    tx: Transaction,
    request: { merchantId: string; input: ConnectProviderAccount; requestHash: string },
  ): Promise<SealedAccount> {
    const { merchantId, input, requestHash } = request;
    const id = newId();
    const { name, provider, mode } = input;
    const webhookToken = newWebhookToken(merchantId, id);
    const key = await this.dataKeys.newest(tx, merchantId);
    return {
      account: {
        ...{ merchantId, id, name, provider, mode },
        ...withDefaults(input),
        clockOffsetMs: 0,
        clockNow: tx.now,
        createdAt: tx.now,
        updatedAt: tx.now,
      },
      requestHash,
      webhookTokenHash: sha256(webhookToken).toString('hex'),
      ...sealSecrets(key, id, {
        credentials: input.credentials,
        webhookSecret: input.webhookSecret ?? newSecret(),
        webhookToken,
      }),
    };
  }
}

const refused = (
  code: ConnectRefusalCode,
  field: readonly string[],
  message: string,
): Connection => ({ kind: 'REFUSED', refusals: [refusal(code, field, message)] });

const replayOf = (earlier: SealedAccount, requestHash: string): Connection => {
  const { account } = earlier;
  return earlier.requestHash === requestHash
    ? { kind: 'CONNECTED', account, replayed: true, warnings: warningsFor(account.provider) }
    : refused(
        'IDEMPOTENCY_MISMATCH',
        ['name'],
        'expected the content this name was connected with; to change it, update the account',
      );
};

/** What is left out stays; what may be empty and is sent as null becomes empty. */
const changed = (account: ProviderAccount, settings: AccountSettings): ProviderAccount => {
  const { termsUrl, notificationUrl, rateLimitPerSecond } = settings;
  return {
    ...account,
    baseUrl: settings.baseUrl?.replace(/\/+$/, '') ?? account.baseUrl,
    currencies: settings.currencies ?? account.currencies,
    returnHosts: settings.returnHosts?.map((host) => host.toLowerCase()) ?? account.returnHosts,
    replay: settings.replay ?? account.replay,
    isReferenceReusable: settings.isReferenceReusable ?? account.isReferenceReusable,
    isRawCardRegistrationOn: settings.isRawCardRegistrationOn ?? account.isRawCardRegistrationOn,
    bulkOperationSize: settings.bulkOperationSize ?? account.bulkOperationSize,
    duplicateCapturePolicy: settings.duplicateCapturePolicy ?? account.duplicateCapturePolicy,
    termsUrl: termsUrl === undefined ? account.termsUrl : termsUrl,
    notificationUrl: notificationUrl === undefined ? account.notificationUrl : notificationUrl,
    rateLimitPerSecond:
      rateLimitPerSecond === undefined ? account.rateLimitPerSecond : rateLimitPerSecond,
  };
};
