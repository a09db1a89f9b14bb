import type { FailureCode } from '#kernel';
import type { ProviderName } from '../account.js';

export interface LedgerLine {
  readonly provider: ProviderName;
  readonly kind: 'CAPTURE' | 'REFUND';
  readonly reference: string;
  readonly orderReference: string;
  readonly billingKey: string | null;
  readonly amount: number;
  readonly currency: string;
}

interface MagicCard {
  readonly provider: ProviderName;
  readonly number: string;
  readonly outcome: 'APPROVED' | FailureCode;
  readonly at?: 'REGISTRATION';
}

export interface FaultInput {
  readonly fate: string;
  readonly match: Readonly<Record<string, string>>;
  readonly times?: number;
  readonly options?: Readonly<Record<string, number | string>>;
}

/** The control API of a running sandbox: the truth that an adapter's words are held against. */
export class SandboxClient {
  constructor(
    private readonly url: string,
    readonly provider: ProviderName,
  ) {}

  /** The first card of this provider that registers and then answers each charge so. */
  async findCard(outcome: 'APPROVED' | FailureCode): Promise<string | undefined> {
    const cards = (await this.call('GET', '/control/cards')) as MagicCard[];
    return cards.find(
      (card) => card.provider === this.provider && card.outcome === outcome && !card.at,
    )?.number;
  }

  async makeKeys(cardNumber: string, count: number): Promise<string[]> {
    const body = { provider: this.provider, count, cardNumber };
    const made = (await this.call('POST', '/control/agreements', body)) as { ids: string[] };
    return made.ids;
  }

  async completeCheckout(paymentId: string, cardNumber: string): Promise<void> {
    await this.call('POST', `/control/checkouts/${paymentId}/complete`, { cardNumber });
  }

  async advanceTo(atSeconds: number): Promise<void> {
    const at = new Date(atSeconds * 1000).toISOString();
    await this.call('POST', '/control/clock', { at });
  }

  async nowSeconds(accountKey: string): Promise<number> {
    const { accounts } = (await this.call('GET', '/control/clock')) as {
      accounts: Record<string, string>;
    };
    return Math.floor(Date.parse(accounts[accountKey] ?? '') / 1000);
  }

  async addFault(fault: FaultInput): Promise<void> {
    const match = { provider: this.provider, ...fault.match };
    await this.call('POST', '/control/faults', { seed: '1', ...fault, match });
  }

  async clearFaults(): Promise<void> {
    await this.call('DELETE', '/control/faults');
  }

  /** What the provider really did for one order. */
  async ledgerOf(orderId: string): Promise<LedgerLine[]> {
    const text = await this.text('GET', '/control/ledger');
    const lines = text.split('\n').filter((line) => line !== '');
    return lines
      .map((line) => JSON.parse(line) as LedgerLine)
      .filter((line) => line.orderReference === orderId);
  }

  private async call(method: string, path: string, body?: unknown): Promise<unknown> {
    return JSON.parse(await this.text(method, path, body));
  }

  private async text(method: string, path: string, body?: unknown): Promise<string> {
    const response = await fetch(this.url + path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: HTTP ${response.status}: ${text}`);
    return text;
  }
}
