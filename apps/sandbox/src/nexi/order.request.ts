import { isCurrency } from '#kernel';
import type { Item, OrderRow } from './model.js';
import type { Reader } from './reader.js';

export const WITHOUT_MARKUP = '<>\'"&\\';
/** The provider names no maximum; this bounds one order's memory. */
const ITEMS_MAX = 1000;
const REFERENCE_MAX = 128;

/** Names and units repeat from order to order: one copy of each is kept, of so many at most. */
const INTERNED_MAX = 10_000;
const interned = new Map<string, string>();
const intern = (text: string): string => {
  const known = interned.get(text);
  if (known !== undefined) return known;
  if (interned.size < INTERNED_MAX) interned.set(text, text);
  return text;
};

const itemText = { required: true, max: 128, without: '<>\\' };

const readItem = (item: Reader): Item => ({
  reference: item.text('reference', itemText) ?? '',
  name: intern(item.text('name', itemText) ?? ''),
  quantity: item.number('quantity', { required: true, min: 0 }) ?? 0,
  unit: intern(item.text('unit', { required: true, max: 128, without: WITHOUT_MARKUP }) ?? ''),
  unitPrice: item.int32('unitPrice', { required: true }) ?? 0,
  taxRate: item.int32('taxRate', { min: 0, max: 99_999 }) ?? 0,
  taxAmount: item.int32('taxAmount') ?? 0,
  grossTotalAmount: item.int32('grossTotalAmount', { required: true }) ?? 0,
  netTotalAmount: item.int32('netTotalAmount', { required: true }) ?? 0,
});

export const readItems = (parent: Reader, name: string, isRequired: boolean): Item[] | undefined =>
  parent.list(name, { required: isRequired, min: 1, max: ITEMS_MAX })?.map(readItem);

export const totalOf = (items: readonly Item[]): number =>
  items.reduce((sum, item) => sum + item.grossTotalAmount, 0);

/** What is said when an amount is not the sum of its items. */
export const sumMessage = (items: readonly Item[], amount: number): string =>
  `Expected the sum of the items' grossTotalAmount, ${totalOf(items)}, found ${amount}.`;

/** `mayBeZero`: a registration of a card; a charge never is. */
export const readOrder = (parent: Reader, mayBeZero: boolean): OrderRow | undefined => {
  const order = parent.child('order', true);
  if (!order) return undefined;
  const items = readItems(order, 'items', true);
  const amount = order.int32('amount', { required: true });
  const currency = order.text('currency', {
    required: true,
    pattern: /^[A-Za-z]{3}$/,
    expected: 'a currency code of three letters',
  });
  const reference = order.text('reference', { max: REFERENCE_MAX, without: WITHOUT_MARKUP });
  if (currency && !isCurrency(currency.toUpperCase()))
    order.refuse('currency', `Currency ${currency} is not supported.`);
  if (amount !== undefined && (amount < 0 || (amount === 0 && !mayBeZero)))
    order.refuse('amount', `Amount must be greater than 0, found ${amount}.`);
  else if (amount !== undefined && items && totalOf(items) !== amount)
    order.refuse('amount', sumMessage(items, amount));
  if (amount === undefined || !currency || !items) return undefined;
  return {
    amount,
    currency: intern(currency.toUpperCase()),
    reference,
    items,
  };
};

export const readMyReference = (parent: Reader): string | undefined =>
  parent.text('myReference', { max: 36, without: WITHOUT_MARKUP });
