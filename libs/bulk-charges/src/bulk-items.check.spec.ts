import { newId, type Order } from '#kernel';

import { checkItems, type ItemContext } from './bulk-items.check.js';

const [active, deleted] = [newId(), newId()];
const context = (more: Partial<ItemContext> = {}): ItemContext => ({
  keys: new Map([
    [active, { id: active, status: 'ACTIVE' }],
    [deleted, { id: deleted, status: 'DELETED' }],
  ]),
  provider: { name: 'NEXI', amountMaxMinor: 2_147_483_647 },
  currencies: ['KRW', 'USD'],
  takenOrderIds: new Set(),
  ...more,
});
const order = (orderId: string, more: Partial<Order> = {}): Order => ({
  ...{ orderId, name: 'Tea', amount: { amountMinor: 100, currency: 'KRW' }, items: [] },
  ...more,
});
const errors = (...of: Parameters<typeof checkItems>): string[] =>
  checkItems(...of).map(({ code, field }) => `${code} ${field?.join('.')}`);

describe('the items of a bulk', () => {
  it('are taken when each has a key, an order of its own and a currency of the account', () => {
    const items = ['a', 'b'].map((id) => ({ billingKeyId: active, order: order(id) }));
    expect(checkItems(items, context())).toEqual([]);
  });

  it('are refused one by one, each by its place and field', () => {
    const items = [
      { billingKeyId: active, order: order('a') },
      { billingKeyId: undefined, order: order('b') },
      { billingKeyId: newId(), order: order('c') },
      { billingKeyId: deleted, order: order('d') },
      {
        billingKeyId: active,
        order: order('e', { amount: { amountMinor: 1.5, currency: 'KRW' } }),
      },
      { billingKeyId: active, order: order('f', { amount: { amountMinor: 1, currency: 'EUR' } }) },
      { billingKeyId: active, order: order('not so') },
      { billingKeyId: active, order: order('taken') },
      { billingKeyId: active, order: order('a') },
    ];
    expect(errors(items, context({ takenOrderIds: new Set(['taken']) }))).toEqual([
      'NOT_FOUND items.1.billingKeyId',
      'NOT_FOUND items.2.billingKeyId',
      'KEY_NOT_ACTIVE items.3.billingKeyId',
      'INVALID_AMOUNT items.4.order.amount.amount',
      'CURRENCY_NOT_SUPPORTED items.5.order.amount.currency',
      'INVALID_ORDER_ID items.6.order.orderId',
      'ORDER_ALREADY_EXISTS items.7.order.orderId',
      'DUPLICATE_ORDER_ID items.8.order.orderId',
    ]);
  });

  it('name where an order stood first', () => {
    const items = ['a', 'b', 'a'].map((id) => ({ billingKeyId: active, order: order(id) }));
    expect(checkItems(items, context())[0]!.message).toBe(
      "expected each order id once, found item 0's again",
    );
  });

  it('are told of a hundred times at most', () => {
    const items = Array.from({ length: 1_000 }, () => ({
      billingKeyId: undefined,
      order: order('the same'),
    }));
    expect(checkItems(items, context())).toHaveLength(100);
  });
});
