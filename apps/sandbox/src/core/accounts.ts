import type { Provider } from './ledger.js';
import type { Collection, Store } from './store.js';

/** A merchant's account at a pretended provider. Its `key` also names its clock. */
export interface Account {
  provider: Provider;
  /** PortOne `imp_key`, Nexi secret key. */
  key: string;
  /** PortOne `imp_secret`, Nexi checkout key. */
  secret: string;
  /** The webhook address set in the provider's console (PortOne). */
  webhookUrl: string | null;
  webhookContentType: 'json' | 'form';
  /** PortOne resends none unless asked; then up to 5, a minute apart. */
  webhookRetries: number;
}

const DEFAULT_ACCOUNTS: readonly Account[] = [
  {
    provider: 'PORTONE',
    key: 'imp_sandbox',
    secret: 'imp_sandbox_secret',
    webhookUrl: null,
    webhookContentType: 'json',
    webhookRetries: 0,
  },
  {
    provider: 'NEXI',
    key: 'test-secret-key-sandbox',
    secret: 'test-checkout-key-sandbox',
    webhookUrl: null,
    webhookContentType: 'json',
    webhookRetries: 0,
  },
];

export class Accounts {
  private readonly rows: Collection<Account>;

  constructor(store: Store) {
    this.rows = store.collection<Account>('accounts', { id: (account) => account.key });
    this.addDefaults();
  }

  addDefaults(): void {
    for (const account of DEFAULT_ACCOUNTS) {
      if (!this.rows.get(account.key)) this.rows.put({ ...account });
    }
  }

  find(provider: Provider, key: string): Account | undefined {
    const account = this.rows.get(key);
    return account?.provider === provider ? account : undefined;
  }

  get(key: string): Account | undefined {
    return this.rows.get(key);
  }

  put(account: Account): void {
    this.rows.put(account);
  }

  list(): Account[] {
    return [...this.rows.values()];
  }
}
