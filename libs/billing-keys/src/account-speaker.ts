import { invariant } from '#kernel';
import type { OpenedAccount, ProviderAccounts, Providers } from '#merchants';
import type { Capabilities, Provider } from '#providers/contract';

/** An account, and the adapter that speaks for it. */
export interface SpokenFor extends OpenedAccount {
  readonly provider: Provider;
  readonly capabilities: Capabilities;
}

/** Finds who speaks for an account. */
export class AccountSpeaker {
  constructor(
    private readonly accounts: ProviderAccounts,
    private readonly providers: Providers,
  ) {}

  /** Nothing when the merchant has no such account. */
  async find(merchantId: string, providerAccountId: string): Promise<SpokenFor | undefined> {
    const opened = await this.accounts.open(merchantId, providerAccountId);
    if (!opened) return undefined;
    const provider = this.providers.get(opened.account.provider);
    invariant(provider, `expected an adapter for ${opened.account.provider}, found none`);
    return { ...opened, provider, capabilities: provider.capabilities(opened.access) };
  }

  async get(merchantId: string, providerAccountId: string): Promise<SpokenFor> {
    const found = await this.find(merchantId, providerAccountId);
    invariant(found, `expected provider account ${providerAccountId}, found none`);
    return found;
  }
}
