import { setTimeout as pause } from 'node:timers/promises';
import { toPublicId } from '#kernel';
import { createMerchants } from '#merchants';
import type { House } from './house.js';

export type ProviderName = 'PORTONE' | 'NEXI';

export interface UserError {
  readonly __typename: string;
  readonly code: string;
  readonly field: string[] | null;
  readonly message: string;
  readonly refundable?: number;
}
export interface ShownMoney {
  readonly amount: number;
  readonly currency: string;
}
export interface ShownRefund {
  readonly id: string;
  readonly status: string;
  readonly origin: string;
  readonly amount: ShownMoney;
  readonly needsReview: boolean;
}
export interface ShownCharge {
  readonly id: string;
  readonly orderId: string;
  readonly status: string;
  readonly amount: ShownMoney;
  readonly dueAt: string;
  readonly nextAttemptAt: string | null;
  readonly failureCode: string | null;
  readonly failureClass: string | null;
  readonly providerCode: string | null;
  readonly providerMessage: string | null;
  readonly explanation: string;
  readonly attempts: readonly {
    readonly number: number;
    readonly providerReference: string;
    readonly providerPaymentId: string | null;
    readonly outcome: string | null;
    readonly failureCode: string | null;
    readonly sentAt: string | null;
    readonly answer: string | null;
  }[];
  readonly timeline: readonly {
    readonly from: string | null;
    readonly to: string;
    readonly at: string;
    readonly cause: string;
    readonly evidence: string | null;
  }[];
  readonly billingKey: { readonly id: string };
  readonly bulkCharge: { readonly id: string } | null;
  readonly refundedAmount: ShownMoney;
  readonly refunds: readonly ShownRefund[];
}
export interface ChargePayload {
  readonly charge: ShownCharge | null;
  readonly userErrors: readonly UserError[];
  readonly replayed: boolean;
}
export interface RefundPayload extends ChargePayload {
  readonly refund: ShownRefund | null;
}
export interface ShownBulk {
  readonly id: string;
  readonly externalId: string;
  readonly status: string;
  readonly progress: number;
  readonly counts: Readonly<Record<string, number>>;
}
export interface BulkPayload {
  readonly bulkCharge: ShownBulk | null;
  readonly userErrors: readonly UserError[];
  readonly replayed: boolean;
}
export interface LedgerLine {
  readonly provider: ProviderName;
  readonly kind: 'CAPTURE' | 'REFUND';
  readonly reference: string;
  readonly orderReference: string;
  readonly billingKey: string;
  readonly amount: number;
  readonly currency: string;
}
export interface MagicCard {
  readonly provider: ProviderName;
  readonly number: string;
  readonly outcome: string;
  readonly description: string;
  readonly at?: string;
}

const REFUND = 'id status origin amount { amount currency } needsReview resolvedBy resolutionNote';
export const CHARGE = `id orderId status amount { amount currency } dueAt nextAttemptAt
  willRetry retryReason
  failureCode failureClass providerCode providerMessage explanation
  attempts { number providerReference providerPaymentId outcome failureCode sentAt answer }
  timeline { from to at cause evidence } billingKey { id } bulkCharge { id }
  refundedAmount { amount currency } refunds { ${REFUND} }`;
export const BULK = `id externalId status progress
  counts { total pending succeeded failed unknown canceled }`;
const ERRORS = `userErrors { __typename code field message
  ... on RefundExceedsCaptured { refundable } }`;

/** What a mutation of this name answers, by what stands in its payload. */
const SELECTIONS: Readonly<Record<string, string>> = {
  createCharge: `charge { ${CHARGE} } replayed ${ERRORS}`,
  cancelCharge: `charge { ${CHARGE} } ${ERRORS}`,
  retryCharge: `charge { ${CHARGE} } ${ERRORS}`,
  resolveCharge: `charge { ${CHARGE} } ${ERRORS}`,
  refundCharge: `refund { ${REFUND} } charge { ${CHARGE} } replayed ${ERRORS}`,
  resolveRefund: `refund { ${REFUND} } charge { ${CHARGE} } ${ERRORS}`,
  createBulkCharge: `bulkCharge { ${BULK} } replayed ${ERRORS}`,
  submitBulkCharge: `bulkCharge { ${BULK} } ${ERRORS}`,
  pauseBulkCharge: `bulkCharge { ${BULK} } ${ERRORS}`,
  resumeBulkCharge: `bulkCharge { ${BULK} } ${ERRORS}`,
  cancelBulkCharge: `bulkCharge { ${BULK} } ${ERRORS}`,
  createRetryPolicy: `retryPolicy { id name version } replayed ${ERRORS}`,
  updateRetryPolicy: `retryPolicy { id name version } ${ERRORS}`,
  holdNewSends: `hold { id } ${ERRORS}`,
  releaseNewSends: `hold { id } ${ERRORS}`,
};

const CURRENCIES: Readonly<Record<ProviderName, string>> = { PORTONE: 'KRW', NEXI: 'EUR' };
/** Two busy cores; what takes longer than this does not come at all. */
const PATIENCE_MS = 25_000;
/** Between two steps of the worker while the sandbox works on its own clock. */
const STEP_MS = 40;

/** A merchant's own system, as it uses the API: it has keys, asks for charges and keeps books. */
export class Shop {
  private lastOrder = 0;

  private constructor(
    readonly house: House,
    readonly cards: readonly MagicCard[],
  ) {}

  static async open(house: House): Promise<Shop> {
    const cards = (await (await house.control('cards')).json()) as MagicCard[];
    return new Shop(house, cards);
  }

  accountOf(provider: ProviderName): string {
    const account = provider === 'NEXI' ? this.house.nexi : this.house.portone;
    return toPublicId('providerAccount', account.id);
  }

  /** The first card with this outcome that registers. */
  cardOf(provider: ProviderName, outcome = 'APPROVED'): string {
    const card = this.cards.find(
      (each) => each.provider === provider && each.outcome === outcome && !each.at,
    );
    if (!card) throw new Error(`no card of ${provider} answers ${outcome}`);
    return card.number;
  }

  /** Billing keys of customers of their own, all of one card. */
  async keys(provider: ProviderName, count: number, cardNumber?: string): Promise<string[]> {
    const body = { provider, count, cardNumber: cardNumber ?? this.cardOf(provider) };
    const { ids } = (await (await this.house.control('agreements', body)).json()) as {
      ids: string[];
    };
    return Promise.all(ids.map((providerKey) => this.attach(provider, providerKey)));
  }

  /** Takes a key over that the provider has. */
  async attach(provider: ProviderName, providerKey: string): Promise<string> {
    const input = {
      ...{ providerAccountId: this.accountOf(provider), providerKey },
      customerRef: `customer-of-${providerKey}`,
    };
    const { attachBillingKey: attached } = await this.house.graphql<{
      attachBillingKey: { billingKey: { id: string } | null; userErrors: UserError[] };
    }>(
      `mutation ($input: AttachBillingKeyInput!) { attachBillingKey(input: $input) {
        billingKey { id } userErrors { __typename code field message } } }`,
      { input },
    );
    if (!attached.billingKey) throw new Error(JSON.stringify(attached.userErrors));
    return attached.billingKey.id;
  }

  async key(provider: ProviderName, outcome = 'APPROVED'): Promise<string> {
    const [key] = await this.keys(provider, 1, this.cardOf(provider, outcome));
    return key!;
  }

  order(more: { orderId?: string; amount?: number; currency?: string } = {}) {
    this.lastOrder += 1;
    const { orderId = `order-${this.lastOrder}`, amount = 9_900, currency = 'KRW' } = more;
    return { orderId, name: 'A month of tea', amount: { amount, currency } };
  }

  orderAt(provider: ProviderName, more: { orderId?: string; amount?: number } = {}) {
    return this.order({ ...more, currency: CURRENCIES[provider] });
  }

  ask<Payload>(mutation: string, input: object, apiKey?: string): Promise<Payload> {
    const [head, ...tail] = mutation;
    const query = `mutation ($input: ${head!.toUpperCase()}${tail.join('')}Input!) {
      ${mutation}(input: $input) { ${SELECTIONS[mutation]} } }`;
    return this.house
      .graphql<Record<string, Payload>>(query, { input }, apiKey)
      .then((data) => data[mutation]!);
  }

  createCharge(input: object, apiKey?: string): Promise<ChargePayload> {
    return this.ask('createCharge', input, apiKey);
  }

  /** The API key of another merchant, who has nothing. */
  async anotherApiKey(): Promise<string> {
    const { database, config } = this.house.platform;
    const { provisioning } = createMerchants(database, config);
    const { id } = await provisioning.createMerchant('another');
    return provisioning.createApiKey(id, 'another');
  }

  /** A charge that must be taken. */
  async charge(billingKeyId: string, order: object, more: object = {}): Promise<ShownCharge> {
    const { charge, userErrors } = await this.createCharge({ billingKeyId, order, ...more });
    if (!charge) throw new Error(JSON.stringify(userErrors));
    return charge;
  }

  async read(id: string): Promise<ShownCharge> {
    const { charge } = await this.house.graphql<{ charge: ShownCharge }>(
      `query ($id: ID!) { charge(id: $id) { ${CHARGE} } }`,
      { id },
    );
    return charge;
  }

  async readOrder(orderId: string): Promise<ShownCharge> {
    const { charge } = await this.house.graphql<{ charge: ShownCharge }>(
      `query ($orderId: String!) { charge(orderId: $orderId) { ${CHARGE} } }`,
      { orderId },
    );
    return charge;
  }

  async readBulk(id: string): Promise<ShownBulk> {
    const { bulkCharge } = await this.house.graphql<{ bulkCharge: ShownBulk }>(
      `query ($id: ID!) { bulkCharge(id: $id) { ${BULK} } }`,
      { id },
    );
    return bulkCharge;
  }

  /** Steps the worker until the answer is what is waited for: looks and pages have their times. */
  async until<T>(read: () => Promise<T>, isEnough: (seen: T) => boolean): Promise<T> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    for (;;) {
      await this.house.worker.runUntilIdle();
      const seen = await read();
      if (isEnough(seen)) return seen;
      if (performance.now() > giveUpAt) throw new Error(`waited for: ${JSON.stringify(seen)}`);
      await pause(STEP_MS);
    }
  }

  untilCharge(id: string, ...statuses: string[]): Promise<ShownCharge> {
    return this.until(
      () => this.read(id),
      ({ status }) => statuses.includes(status),
    );
  }

  untilBulk(id: string, ...statuses: string[]): Promise<ShownBulk> {
    return this.until(
      () => this.readBulk(id),
      ({ status }) => statuses.includes(status),
    );
  }

  async fault(rule: object): Promise<void> {
    const answer = await this.house.control('faults', rule);
    if (!answer.ok) throw new Error(await answer.text());
  }

  async calm(): Promise<void> {
    await fetch(`${this.house.sandbox.url}/control/faults`, { method: 'DELETE' });
  }

  async turn(switches: object): Promise<void> {
    const answer = await this.house.control('switches', switches);
    if (!answer.ok) throw new Error(await answer.text());
  }

  async ledger(): Promise<LedgerLine[]> {
    const text = await (await this.house.control('ledger')).text();
    const lines = text.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as LedgerLine);
  }

  async capturesOf(orderId: string): Promise<LedgerLine[]> {
    const lines = await this.ledger();
    return lines.filter((line) => line.orderReference === orderId && line.kind === 'CAPTURE');
  }

  /** What the provider's calls for this order were. */
  async requestsOf(reference: string): Promise<{ method: string; path: string; fate?: string }[]> {
    return (await (await this.house.control(`requests?reference=${reference}`)).json()) as never;
  }

  async incidents(chargeId?: string): Promise<{ kind: string }[]> {
    const rows = await this.house.platform.database.withMerchant(this.house.merchant.id, (tx) =>
      tx.query<{ kind: string; chargeId: string }>(
        `SELECT kind, charge_id AS "chargeId" FROM incidents WHERE merchant_id = $1 ORDER BY id`,
        [this.house.merchant.id],
      ),
    );
    return rows
      .filter((row) => !chargeId || toPublicId('charge', row.chargeId) === chargeId)
      .map(({ kind }) => ({ kind }));
  }

  private async allCharges(): Promise<BookedCharge[]> {
    const all: BookedCharge[] = [];
    for (let after: string | null = null; ;) {
      const { charges }: ChargesPage = await this.house.graphql<ChargesPage>(
        `query ($after: String) { charges(first: 100, after: $after) {
          nodes { orderId status amount { amount currency } refundedAmount { amount } }
          pageInfo { hasNextPage endCursor } } }`,
        { after },
      );
      all.push(...charges.nodes);
      if (!charges.pageInfo.hasNextPage) return all;
      after = charges.pageInfo.endCursor;
    }
  }

  /** Where the books and the provider's ledger differ: order by order, amount by amount. */
  async differences(): Promise<string[]> {
    const [charges, lines] = [await this.allCharges(), await this.ledger()];
    const booked = new Map(charges.map((charge) => [charge.orderId, booksOf(charge)]));
    const held = new Map<string, string>();
    const sums = new Map<string, { captures: number; captured: number; refunded: number }>();
    for (const { kind, orderReference, amount, currency } of lines) {
      const key = `${orderReference} ${currency}`;
      const sum = sums.get(key) ?? { captures: 0, captured: 0, refunded: 0 };
      if (kind === 'CAPTURE') {
        sum.captures += 1;
        sum.captured += amount;
      } else sum.refunded += amount;
      sums.set(key, sum);
      held.set(orderReference, `${sum.captures} × ${sum.captured} − ${sum.refunded} ${currency}`);
    }
    const orders = new Set([...booked.keys(), ...held.keys()]);
    return [...orders].flatMap((order) => {
      const [ours, theirs] = [booked.get(order) ?? NOTHING, held.get(order) ?? NOTHING];
      return ours === theirs ? [] : [`${order}: booked ${ours}, in the ledger ${theirs}`];
    });
  }
}

type BookedCharge = Pick<ShownCharge, 'orderId' | 'status' | 'amount' | 'refundedAmount'>;
interface ChargesPage {
  readonly charges: {
    readonly nodes: BookedCharge[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string };
  };
}

const NOTHING = 'nothing';
const booksOf = ({ status, amount, refundedAmount }: BookedCharge): string =>
  ['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED'].includes(status)
    ? `1 × ${amount.amount} − ${refundedAmount.amount} ${amount.currency}`
    : NOTHING;

/** `CODE path.of.field`, as a test wants to compare them. */
export const errorsOf = (userErrors: readonly UserError[]): string[] =>
  userErrors.map(({ code, field }) => `${code} ${field?.join('.') ?? '-'}`);
