import { checkOrder, type Order } from '#kernel';
import { checkProviderAmount } from '#charges';
import { refusal, type Refusal } from '#merchants';
import type { Provider } from '#providers/contract';

export interface BulkItem {
  /** Absent: not an id at all. */
  readonly billingKeyId: string | undefined;
  readonly order: Order;
}

export interface ItemKey {
  readonly id: string;
  readonly status: string;
}

export type BulkRefusal = Refusal<
  | 'CURRENCY_NOT_SUPPORTED'
  | 'DUPLICATE_ORDER_ID'
  | 'IDEMPOTENCY_MISMATCH'
  | 'INVALID_AMOUNT'
  | 'INVALID_CURRENCY'
  | 'INVALID_INPUT'
  | 'INVALID_ITEMS'
  | 'INVALID_NAME'
  | 'INVALID_ORDER_ID'
  | 'INVALID_STATE'
  | 'KEY_NOT_ACTIVE'
  | 'NOT_FOUND'
  | 'ORDER_ALREADY_EXISTS'
  | 'TOO_MANY_ITEMS'
>;

/** Inline; more come by upload. */
export const INLINE_ITEMS_MAX = 1_000;
/** A caller mends from the first hundred; the thousandth says nothing new. */
const REFUSALS_MAX = 100;

export interface ItemContext {
  readonly keys: ReadonlyMap<string, ItemKey>;
  readonly provider: Pick<Provider, 'name' | 'amountMaxMinor'>;
  readonly currencies: readonly string[];
  readonly takenOrderIds: ReadonlySet<string>;
}

/** What is wrong with the items, each with its place: `items.3.order.amount.amount`. */
export const checkItems = (items: readonly BulkItem[], context: ItemContext): BulkRefusal[] => {
  const firstLineOf = new Map<string, number>();
  const refusals: BulkRefusal[] = [];
  for (const [index, item] of items.entries()) {
    if (refusals.length >= REFUSALS_MAX) break;
    const first = firstLineOf.get(item.order.orderId);
    if (first === undefined) firstLineOf.set(item.order.orderId, index);
    else
      refusals.push(
        refusal(
          'DUPLICATE_ORDER_ID',
          ['items', `${index}`, 'order', 'orderId'],
          `expected each order id once, found item ${first}'s again`,
        ),
      );
    refusals.push(...checkItem(item, index, context));
  }
  return refusals.slice(0, REFUSALS_MAX);
};

const checkItem = (
  { billingKeyId, order }: BulkItem,
  index: number,
  { keys, provider, currencies, takenOrderIds }: ItemContext,
): BulkRefusal[] => {
  const at = (...field: string[]) => ['items', `${index}`, ...field];
  const refusals: BulkRefusal[] = checkOrder(order).map(({ code, field, message }) =>
    refusal(code, at('order', ...field), message),
  );
  if (refusals.length === 0)
    refusals.push(
      ...checkProviderAmount(order.amount.amountMinor, provider, at('order', 'amount', 'amount')),
    );
  const key = billingKeyId ? keys.get(billingKeyId) : undefined;
  if (!key)
    refusals.push(
      refusal('NOT_FOUND', at('billingKeyId'), 'expected a billing key of yours at this account'),
    );
  else if (key.status !== 'ACTIVE')
    refusals.push(
      refusal('KEY_NOT_ACTIVE', at('billingKeyId'), `expected an ACTIVE key, found ${key.status}`),
    );
  if (!currencies.includes(order.amount.currency))
    refusals.push(
      refusal(
        'CURRENCY_NOT_SUPPORTED',
        at('order', 'amount', 'currency'),
        `expected one of ${currencies.join(', ')}, found ${order.amount.currency}`,
      ),
    );
  if (takenOrderIds.has(order.orderId))
    refusals.push(
      refusal('ORDER_ALREADY_EXISTS', at('order', 'orderId'), 'expected an unused order id'),
    );
  return refusals;
};
