import { checkOrder, SCHEDULE_ORDER_ID_MAX } from './order.js';
import type { Order, OrderItem } from './order.js';

const item = (rest: Partial<OrderItem> = {}): OrderItem => ({
  reference: 'tea',
  name: 'Tea of the month',
  quantity: 1,
  unitPriceMinor: 8000,
  taxRateBasisPoints: 2500,
  taxMinor: 2000,
  grossMinor: 10_000,
  ...rest,
});
const order = (rest: Partial<Order> = {}): Order => ({
  orderId: 'tea-2026-01',
  name: 'Tea',
  amount: { amountMinor: 10_000, currency: 'SEK' },
  items: [item()],
  ...rest,
});
const problemsOf = (given: Order, orderIdMax?: number): string[] =>
  checkOrder(given, orderIdMax).map(({ code, field }) => `${code} ${field.join('.')}`);

it('takes an order with items, with a discount, or with no items at all', () => {
  const discount = item({
    reference: 'off',
    unitPriceMinor: -800,
    taxMinor: -200,
    grossMinor: -1000,
  });
  expect(problemsOf(order())).toEqual([]);
  expect(problemsOf(order({ items: [] }))).toEqual([]);
  const amount = { amountMinor: 9000, currency: 'SEK' };
  expect(problemsOf(order({ items: [item(), discount], amount }))).toEqual([]);
});

it('takes twelve digits, and no more', () => {
  const amountOf = (amountMinor: number) =>
    order({ amount: { amountMinor, currency: 'KRW' }, items: [] });
  expect(problemsOf(amountOf(999_999_999_999))).toEqual([]);
  expect(checkOrder(amountOf(Number.MAX_SAFE_INTEGER))).toEqual([
    {
      code: 'INVALID_AMOUNT',
      field: ['amount', 'amount'],
      message:
        'expected a whole number of minor units from 1 to 999999999999, found 9007199254740991',
    },
  ]);
});

it.each<[string, Partial<Order>]>([
  ['INVALID_ORDER_ID orderId', { orderId: '' }],
  ['INVALID_ORDER_ID orderId', { orderId: 'with space' }],
  ['INVALID_ORDER_ID orderId', { orderId: 'x'.repeat(41) }],
  ['INVALID_ORDER_ID orderId', { orderId: 'line\n' }],
  ['INVALID_NAME name', { name: '  ' }],
  ['INVALID_NAME name', { name: 'x'.repeat(129) }],
  ['INVALID_NAME name', { name: 'tea\u202e' }],
  ['INVALID_AMOUNT amount.amount', { amount: { amountMinor: 0, currency: 'SEK' }, items: [] }],
  ['INVALID_AMOUNT amount.amount', { amount: { amountMinor: 1.5, currency: 'SEK' }, items: [] }],
  ['INVALID_AMOUNT amount.amount', { amount: { amountMinor: 1e12, currency: 'SEK' }, items: [] }],
  ['INVALID_CURRENCY amount.currency', { amount: { amountMinor: 10_000, currency: 'sek' } }],
  ['INVALID_ITEMS items', { items: [item(), item()] }],
  ['INVALID_ITEMS items', { items: Array.from({ length: 101 }, () => item()) }],
  ['INVALID_ITEMS items.0.grossAmount', { items: [item({ grossMinor: Number.NaN })] }],
  ['INVALID_ITEMS items.0.unitPrice', { items: [item({ unitPriceMinor: -1e12 })] }],
  ['INVALID_ITEMS items.0.taxAmount', { items: [item({ taxMinor: 1e12 })] }],
  ['INVALID_ITEMS items.0.grossAmount', { items: [item({ grossMinor: 1e12 })] }],
  ['INVALID_ITEMS items.1.name', { items: [item(), item({ name: '' })] }],
  ['INVALID_ITEMS items.0.quantity', { items: [item({ quantity: 0 })] }],
])('answers %s to %j', (problem, rest) => {
  expect(problemsOf(order(rest))).toEqual([problem]);
});

it('says which amounts it takes', () => {
  const amount = { amountMinor: 2 ** 53, currency: 'SEK' };
  expect(checkOrder(order({ amount, items: [] })).map(({ message }) => message)).toEqual([
    'expected a whole number of minor units from 1 to 999999999999, found 9007199254740992',
  ]);
});

it('leaves a schedule room for the number of the occurrence', () => {
  const orderId = 'x'.repeat(33);
  expect(problemsOf(order({ orderId }))).toEqual([]);
  expect(problemsOf(order({ orderId }), SCHEDULE_ORDER_ID_MAX)).toEqual([
    'INVALID_ORDER_ID orderId',
  ]);
});
