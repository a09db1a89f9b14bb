import { AMOUNT_MAX_MINOR, isAmountMinor, isCurrency } from './money.js';
import type { Money } from './money.js';
import { textProblem } from './text.js';

/** One line of an order. Amounts in minor units; `taxRateBasisPoints` 2500 = 25 %. */
export interface OrderItem {
  readonly reference: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly taxRateBasisPoints: number;
  readonly taxMinor: number;
  readonly grossMinor: number;
}

/** What a charge is for. `orderId` is the merchant's, unique per merchant for ever. */
export interface Order {
  readonly orderId: string;
  readonly name: string;
  readonly amount: Money;
  readonly items: readonly OrderItem[];
}

/** Why a part of an order is refused: the path of the field and what was expected. */
export interface OrderProblem {
  readonly field: readonly string[];
  readonly code:
    'INVALID_ORDER_ID' | 'INVALID_NAME' | 'INVALID_AMOUNT' | 'INVALID_CURRENCY' | 'INVALID_ITEMS';
  readonly message: string;
}

/** A schedule appends "-<occurrence number>", so its own order id leaves 8 characters for that. */
export const ORDER_ID_MAX = 40;
export const SCHEDULE_ORDER_ID_MAX = 32;
const ORDER_ID = /^[A-Za-z0-9._-]+$/;
/** PortOne's `name` holds 40 characters, Nexi's 128; the adapter cuts, this bounds what we keep. */
const NAME_MAX = 128;
/** Nexi names no maximum; ours keeps a frozen request small. */
const ITEMS_MAX = 100;

/** Why so many minor units are not asked for; nothing: they may be. */
export const amountProblem = (amountMinor: number): string | undefined =>
  isAmountMinor(amountMinor) && amountMinor > 0
    ? undefined
    : `expected a whole number of minor units from 1 to ${AMOUNT_MAX_MINOR}, found ${amountMinor}`;

export const checkOrder = (order: Order, orderIdMax = ORDER_ID_MAX): OrderProblem[] => {
  const problems: OrderProblem[] = [];
  const refuse = (code: OrderProblem['code'], field: string[], message: string) =>
    problems.push({ code, field, message });

  if (!ORDER_ID.test(order.orderId) || order.orderId.length > orderIdMax)
    refuse(
      'INVALID_ORDER_ID',
      ['orderId'],
      `expected 1–${orderIdMax} of A–Z a–z 0–9 . _ -, found ${order.orderId.length} characters`,
    );
  const nameProblem = textProblem(order.name, NAME_MAX);
  if (nameProblem) refuse('INVALID_NAME', ['name'], nameProblem);
  const problemOfAmount = amountProblem(order.amount.amountMinor);
  if (problemOfAmount) refuse('INVALID_AMOUNT', ['amount', 'amount'], problemOfAmount);
  if (!isCurrency(order.amount.currency))
    refuse(
      'INVALID_CURRENCY',
      ['amount', 'currency'],
      `expected an ISO 4217 code, found ${order.amount.currency}`,
    );
  return [...problems, ...checkItems(order)];
};

const checkItems = ({ items, amount }: Order): OrderProblem[] => {
  if (items.length === 0) return [];
  if (items.length > ITEMS_MAX)
    return [refuseItems([], `expected at most ${ITEMS_MAX} items, found ${items.length}`)];
  const problems = items.flatMap((item, index) => checkItem(item, String(index)));
  if (problems.length > 0) return problems;
  const sum = items.reduce((total, item) => total + item.grossMinor, 0);
  return sum === amount.amountMinor
    ? []
    : [
        refuseItems(
          [],
          `expected the items' gross amounts to add up to ${amount.amountMinor}, found ${sum}`,
        ),
      ];
};

const refuseItems = (field: string[], message: string): OrderProblem => ({
  code: 'INVALID_ITEMS',
  field: ['items', ...field],
  message,
});

/**
 * An item may be a discount, so its amounts may be below zero; they are whole minor units all the
 * same.
 */
const checkItem = (item: OrderItem, index: string): OrderProblem[] => {
  const problems: OrderProblem[] = [];
  for (const field of ['reference', 'name'] as const) {
    const problem = textProblem(item[field], NAME_MAX);
    if (problem) problems.push(refuseItems([index, field], problem));
  }
  for (const [field, value] of wholeNumbersOf(item))
    if (!isAmountMinor(value))
      problems.push(
        refuseItems(
          [index, field],
          `expected a whole number within ±${AMOUNT_MAX_MINOR}, found ${value}`,
        ),
      );
  if (!(item.quantity > 0 && Number.isFinite(item.quantity)))
    problems.push(
      refuseItems([index, 'quantity'], `expected a number above 0, found ${item.quantity}`),
    );
  return problems;
};

/** Under the names the API gives them. */
const wholeNumbersOf = (item: OrderItem): [field: string, value: number][] => [
  ['unitPrice', item.unitPriceMinor],
  ['taxRateBasisPoints', item.taxRateBasisPoints],
  ['taxAmount', item.taxMinor],
  ['grossAmount', item.grossMinor],
];
