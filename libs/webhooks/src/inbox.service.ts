import { storableJson, storableText } from '#platform/database';
import { LRUCache } from 'lru-cache';
import { invariant, newId } from '#kernel';
import type { OpenedAccount, ProviderAccounts, Providers } from '#merchants';
import type { ProviderName, WebhookHint } from '#providers/contract';

import type { InboxWriter } from './inbox.writer.js';

/** Busy accounts; the bound is against leaks. */
const ACCOUNTS_MAX = 1_000;
/** How long a changed secret may lag behind in this process. */
const ACCOUNT_TTL_MS = 5_000;
/** What a provider calls anything is shorter. */
const TEXT_MAX = 255;

export interface Delivery {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: unknown;
  /** What of the body may be kept. */
  readonly keptBody: unknown;
}

/** NOT_OURS: the address is nobody's. UNAUTHENTIC: the secret that should come with it did not. Neither leaves a row. */
export type Reception = 'STORED' | 'NOT_OURS' | 'UNAUTHENTIC';

/** Where webhooks arrive. An event is stored before its provider is answered, and applied afterwards. */
export class Inbox {
  private readonly accountsByToken: LRUCache<string, OpenedAccount>;

  constructor(
    private readonly accounts: ProviderAccounts,
    private readonly providers: Providers,
    private readonly writer: InboxWriter,
  ) {
    this.accountsByToken = new LRUCache({ max: ACCOUNTS_MAX, ttl: ACCOUNT_TTL_MS });
  }

  async receive(name: ProviderName, token: string, delivery: Delivery): Promise<Reception> {
    const opened = await this.accountOf(token);
    if (opened?.account.provider !== name) return 'NOT_OURS';
    const provider = this.providers.get(name);
    invariant(provider, `expected an adapter for ${name}, found none`);
    const hint = provider.readWebhook(opened.access, delivery);
    if (!hint.isAuthentic) return 'UNAUTHENTIC';
    const { id: providerAccountId, merchantId } = opened.account;
    await this.writer.store(merchantId, {
      id: newId(),
      providerAccountId,
      hint: storable(hint),
      body: storableBody(delivery.keptBody),
    });
    return 'STORED';
  }

  private async accountOf(token: string): Promise<OpenedAccount | undefined> {
    const known = this.accountsByToken.get(token);
    if (known) return known;
    const opened = await this.accounts.openByWebhookToken(token);
    if (opened) this.accountsByToken.set(token, opened);
    return opened;
  }
}

const shortText = <Text extends string | null>(text: Text): Text =>
  (text === null ? null : storableText(text.slice(0, TEXT_MAX))) as Text;

const storable = (hint: WebhookHint): WebhookHint => ({
  ...hint,
  dedupeKey: shortText(hint.dedupeKey),
  event: shortText(hint.event),
  providerPaymentId: shortText(hint.providerPaymentId),
  reference: shortText(hint.reference),
  orderId: shortText(hint.orderId),
});

const storableBody = (body: unknown): unknown => JSON.parse(storableJson(body ?? {}));
