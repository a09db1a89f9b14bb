import { checkOrder, invariant, newId, type Order } from '#kernel';
import { after, businessInstant, type BusinessInstant } from '#platform/clock';
import type { ProviderName } from '#providers/contract';
import type { Database, Transaction } from '#platform/database';
import type { Slice } from '#platform/paging';
import { refusal } from '#merchants';

import { acceptCharges } from './accept.repository.js';
import type { ChargeRefusal } from './charge-refusal.js';
import {
  findChargeByOrder,
  findCharges,
  listAttempts,
  listCharges,
  listTransitions,
  type AttemptView,
  type ChargeListing,
  type ChargeView,
  type TransitionView,
} from './charge-view.repository.js';
import type { ChargesDependencies } from './dependencies.js';
import { checkProviderAmount } from './provider-amount.js';
import { findOrdersOfSchedules } from './schedule-orders.repository.js';

export interface CreateCharge {
  readonly billingKeyId: string | undefined;
  readonly order: Order;
  readonly dueAt?: Date | null;
  readonly retryPolicyId?: string | null | undefined;
  /** Of the input as sent. */
  readonly requestHash: string;
}

export type Creation =
  | { readonly kind: 'CREATED'; readonly charge: ChargeView; readonly replayed: boolean }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly ChargeRefusal[] };

/** A clock that is a little behind ours must not make "now" a thing of the past. */
const PAST_ALLOWED_SECONDS = 60;
/** A charge further ahead is a mistake in the year, or a schedule. */
const AHEAD_ALLOWED_SECONDS = 5 * 366 * 86_400;

interface KeyOfCharge {
  readonly id: string;
  readonly status: string;
  readonly providerAccountId: string;
  readonly provider: ProviderName;
  readonly currencies: readonly string[];
  readonly clockOffsetMs: number;
}

/** Asking for single charges, and reading them. */
export class Charges {
  constructor(
    private readonly database: Database,
    private readonly providers: ChargesDependencies['providers'],
  ) {}

  create(merchantId: string, request: CreateCharge): Promise<Creation> {
    const { order } = request;
    const problems = checkOrder(order).map(({ code, field, message }) =>
      refusal(code, ['order', ...field], message),
    );
    if (problems.length > 0) return Promise.resolve({ kind: 'REFUSED', refusals: problems });
    return this.database.withMerchant(merchantId, async (tx) => {
      const earlier = await findChargeByOrder(tx, merchantId, order.orderId);
      if (earlier) return replay(earlier, request);
      const refusals: ChargeRefusal[] = [];
      const key = await findKey(tx, merchantId, request.billingKeyId);
      if (!key)
        refusals.push(refusal('NOT_FOUND', ['billingKeyId'], 'expected a billing key of yours'));
      if (key) refusals.push(...(await this.check(tx, merchantId, { request, key })));
      if (!key || refusals.length > 0) return { kind: 'REFUSED', refusals };
      return this.accept(tx, merchantId, { request, key });
    });
  }

  private async check(
    tx: Transaction,
    merchantId: string,
    { request, key }: { request: CreateCharge; key: KeyOfCharge },
  ): Promise<ChargeRefusal[]> {
    const refusals: ChargeRefusal[] = [];
    const { order, dueAt, retryPolicyId } = request;
    if (key.status !== 'ACTIVE')
      refusals.push(
        refusal(
          'KEY_NOT_ACTIVE',
          ['billingKeyId'],
          `expected an ACTIVE billing key, found ${key.status}`,
        ),
      );
    if (!key.currencies.includes(order.amount.currency))
      refusals.push(currencyRefusal(order.amount.currency, key.currencies));
    const provider = this.providers.get(key.provider);
    invariant(provider, `expected an adapter for ${key.provider}, found none`);
    refusals.push(
      ...checkProviderAmount(order.amount.amountMinor, provider, ['order', 'amount', 'amount']),
    );
    if (dueAt) refusals.push(...checkDue(dueAt, businessNowOf(tx, key)));
    if (
      retryPolicyId !== undefined &&
      retryPolicyId !== null &&
      !(await hasPolicy(tx, merchantId, retryPolicyId))
    )
      refusals.push(refusal('NOT_FOUND', ['retryPolicyId'], 'expected a retry policy of yours'));
    if ((await findOrdersOfSchedules(tx, merchantId, [order.orderId])).size > 0)
      refusals.push(orderTaken('a schedule will use it for one of its occurrences'));
    return refusals;
  }

  private async accept(
    tx: Transaction,
    merchantId: string,
    { request, key }: { request: CreateCharge; key: KeyOfCharge },
  ): Promise<Creation> {
    const { order } = request;
    const id = newId();
    const accepted = await acceptCharges(
      tx,
      [
        {
          id,
          providerAccountId: key.providerAccountId,
          billingKeyId: key.id,
          orderId: order.orderId,
          orderName: order.name,
          orderItems: order.items,
          ...order.amount,
          origin: 'REQUEST',
          retryPolicyId: request.retryPolicyId ?? null,
          requestHash: request.requestHash,
          dueAt: request.dueAt ? businessInstant(request.dueAt) : businessNowOf(tx, key),
          cause: 'api: createCharge',
        },
      ],
      { merchantId, clockOffsetMs: key.clockOffsetMs },
    );
    const charge = await findChargeByOrder(tx, merchantId, order.orderId);
    if (!charge) throw new Error('expected the charge that was just written');
    return accepted.has(id)
      ? { kind: 'CREATED', charge, replayed: false }
      : replay(charge, request);
  }

  find(merchantId: string, ids: readonly string[]): Promise<ChargeView[]> {
    return this.database.withMerchant(merchantId, (tx) => findCharges(tx, merchantId, ids));
  }

  findByOrder(merchantId: string, orderId: string): Promise<ChargeView | undefined> {
    return this.database.withMerchant(merchantId, (tx) =>
      findChargeByOrder(tx, merchantId, orderId),
    );
  }

  list(merchantId: string, listing: ChargeListing): Promise<Slice<ChargeView>> {
    return this.database.withMerchant(merchantId, (tx) => listCharges(tx, merchantId, listing));
  }

  attempts(merchantId: string, chargeIds: readonly string[]): Promise<AttemptView[]> {
    return this.database.withMerchant(merchantId, (tx) => listAttempts(tx, merchantId, chargeIds));
  }

  transitions(merchantId: string, chargeIds: readonly string[]): Promise<TransitionView[]> {
    return this.database.withMerchant(merchantId, (tx) =>
      listTransitions(tx, merchantId, chargeIds),
    );
  }
}

const businessNowOf = (tx: Transaction, { clockOffsetMs }: KeyOfCharge): BusinessInstant =>
  businessInstant(tx.now.getTime() + clockOffsetMs);

const replay = (earlier: ChargeView, request: CreateCharge): Creation => {
  if (earlier.origin !== 'REQUEST')
    return { kind: 'REFUSED', refusals: [orderTaken(`a ${earlier.origin.toLowerCase()} owns it`)] };
  return earlier.requestHash === request.requestHash
    ? { kind: 'CREATED', charge: earlier, replayed: true }
    : {
        kind: 'REFUSED',
        refusals: [
          refusal(
            'IDEMPOTENCY_MISMATCH',
            ['order', 'orderId'],
            'expected the same content as when this order id was first sent, found other content',
          ),
        ],
      };
};

const orderTaken = (why: string): ChargeRefusal =>
  refusal('ORDER_ALREADY_EXISTS', ['order', 'orderId'], `expected an unused order id: ${why}`);

const currencyRefusal = (found: string, taken: readonly string[]): ChargeRefusal =>
  refusal(
    'CURRENCY_NOT_SUPPORTED',
    ['order', 'amount', 'currency'],
    `expected one of ${taken.join(', ')}, which the provider account takes; found ${found}`,
  );

const checkDue = (dueAt: Date, now: BusinessInstant): ChargeRefusal[] => {
  if (dueAt < after(now, -PAST_ALLOWED_SECONDS))
    return [
      refusal(
        'DUE_IN_PAST',
        ['dueAt'],
        `expected a time not more than a minute before ${now.toISOString()}, found ${dueAt.toISOString()}`,
      ),
    ];
  return dueAt > after(now, AHEAD_ALLOWED_SECONDS)
    ? [
        refusal(
          'INVALID_TIME',
          ['dueAt'],
          `expected a time within five years, found ${dueAt.toISOString()}`,
        ),
      ]
    : [];
};

const findKey = async (
  tx: Transaction,
  merchantId: string,
  id: string | undefined,
): Promise<KeyOfCharge | undefined> => {
  if (!id) return undefined;
  const [key] = await tx.query<KeyOfCharge>(
    `SELECT k.id, k.status, k.provider_account_id AS "providerAccountId", a.provider, a.currencies,
       a.clock_offset_ms AS "clockOffsetMs"
     FROM billing_keys k
     JOIN provider_accounts a ON a.merchant_id = k.merchant_id AND a.id = k.provider_account_id
     WHERE k.merchant_id = $1 AND k.id = $2 FOR KEY SHARE OF k`,
    [merchantId, id],
  );
  return key;
};

const hasPolicy = async (tx: Transaction, merchantId: string, id: string): Promise<boolean> => {
  const found = await tx.query('SELECT id FROM retry_policies WHERE merchant_id = $1 AND id = $2', [
    merchantId,
    id,
  ]);
  return found.length > 0;
};
