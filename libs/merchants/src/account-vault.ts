import type { DataKey } from '#platform/crypto';
import type { Transaction } from '#platform/database';
import type { AccountAccess } from '#providers/contract';
import { LRUCache } from 'lru-cache';
import type { DataKeys } from './data-keys.js';
import type { ProviderAccount } from './provider-account.js';
import type { SealedAccount } from './provider-accounts.repository.js';

/** Opened accounts kept in memory, so that a busy account is not opened for each batch. */
const OPEN_ACCOUNTS_MAX = 1_000;

const place = (accountId: string, column: string) => ({
  table: 'provider_accounts',
  row: accountId,
  column,
});

export interface AccountSecrets {
  readonly credentials: Readonly<Record<string, string>>;
  readonly webhookSecret: string;
  readonly webhookToken: string;
}

/** The sealed columns of an account. */
export const sealSecrets = (key: DataKey, accountId: string, secrets: AccountSecrets) => ({
  sealedCredentials: key.seal(
    JSON.stringify(secrets.credentials),
    place(accountId, 'sealed_credentials'),
  ),
  sealedWebhookSecret: key.seal(secrets.webhookSecret, place(accountId, 'sealed_webhook_secret')),
  sealedWebhookToken: key.seal(secrets.webhookToken, place(accountId, 'sealed_webhook_token')),
});

/** The one place where an account's secrets are opened. */
export class AccountVault {
  /** Under the account's version: an update makes a new one, and the old is never asked for again. */
  private readonly open = new LRUCache<string, AccountAccess>({ max: OPEN_ACCOUNTS_MAX });

  constructor(
    private readonly dataKeys: DataKeys,
    private readonly publicUrl: string,
  ) {}

  async openSecrets(tx: Transaction, sealed: SealedAccount): Promise<AccountSecrets> {
    const { merchantId, id } = sealed.account;
    const openColumn = async (text: string, column: string): Promise<string> =>
      (await this.dataKeys.of(tx, merchantId, text)).open(text, place(id, column));
    return {
      credentials: JSON.parse(
        await openColumn(sealed.sealedCredentials, 'sealed_credentials'),
      ) as Record<string, string>,
      webhookSecret: await openColumn(sealed.sealedWebhookSecret, 'sealed_webhook_secret'),
      webhookToken: await openColumn(sealed.sealedWebhookToken, 'sealed_webhook_token'),
    };
  }

  async openAccess(tx: Transaction, sealed: SealedAccount): Promise<AccountAccess> {
    const { account } = sealed;
    const version = `${account.id}:${account.updatedAt.getTime()}`;
    const known = this.open.get(version);
    if (known) return known;
    const secrets = await this.openSecrets(tx, sealed);
    const access: AccountAccess = {
      providerAccountId: account.id,
      provider: account.provider,
      baseUrl: account.baseUrl,
      credentials: secrets.credentials,
      webhookSecret: secrets.webhookSecret,
      notificationUrl: this.notificationUrlOf(account, secrets.webhookToken),
      termsUrl: account.termsUrl ?? '',
      replay: account.replay,
      isReferenceReusable: account.isReferenceReusable,
      isRawCardRegistrationOn: account.isRawCardRegistrationOn,
    };
    this.open.set(version, access);
    return access;
  }

  private notificationUrlOf(account: ProviderAccount, webhookToken: string): string {
    const route = account.provider.toLowerCase();
    return account.notificationUrl ?? `${this.publicUrl}/webhooks/${route}/${webhookToken}`;
  }
}
