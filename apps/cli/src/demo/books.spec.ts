import type { ChargeSummary } from '#client';
import { compareBooks } from './books.js';
import type { LedgerLine } from './sandbox-control.js';

const charge = (orderId: string, more: Partial<ChargeSummary> = {}): ChargeSummary => ({
  id: `ch_${orderId}`,
  orderId,
  status: 'SUCCEEDED',
  amount: { amount: 900, currency: 'KRW' },
  dueAt: '2026-01-31T00:00:00.000Z',
  failureCode: null,
  failureClass: null,
  billingKey: { id: 'bk_1', providerKey: 'card-1' },
  refundedAmount: { amount: 0, currency: 'KRW' },
  refunds: [],
  ...more,
});
const line = (orderReference: string, more: Partial<LedgerLine> = {}): LedgerLine => ({
  provider: 'PORTONE',
  kind: 'CAPTURE',
  reference: 'r',
  orderReference,
  billingKey: 'card-1',
  amount: 900,
  currency: 'KRW',
  ...more,
});
const refund = (amount: number, status: 'SUCCEEDED' | 'FAILED' = 'SUCCEEDED') => ({
  id: 'ref_1',
  status,
  origin: 'MERCHANT' as const,
  amount: { amount, currency: 'KRW' },
});

describe('the books', () => {
  it('agree with a ledger that tells the same captures and refunds', () => {
    const refunded = charge('b', {
      status: 'PARTIALLY_REFUNDED',
      refunds: [refund(100), refund(300, 'FAILED')],
    });
    const declined = charge('c', { status: 'FAILED' });
    const comparison = compareBooks(
      [charge('a'), refunded, declined],
      [line('b'), line('a'), line('b', { kind: 'REFUND', amount: 100, billingKey: null })],
    );
    expect(comparison).toEqual({
      orders: 3,
      captures: 2,
      refunds: 1,
      net: new Map([['KRW', 1_700]]),
      differences: [],
    });
  });

  it.each([
    ['an order captured twice', [charge('a')], [line('a'), line('a')]],
    ['an order never captured', [charge('a')], []],
    ['another amount', [charge('a')], [line('a', { amount: 901 })]],
    ['another currency', [charge('a')], [line('a', { currency: 'USD' })]],
    ['another card', [charge('a')], [line('a', { billingKey: 'card-2' })]],
    ['a capture of a declined charge', [charge('a', { status: 'FAILED' })], [line('a')]],
    ['a capture nobody asked for', [], [line('x')]],
    ['a refund nobody asked for', [charge('a')], [line('a'), line('a', { kind: 'REFUND' })]],
  ])('differ by %s', (_, charges, ledger) => {
    expect(compareBooks(charges, ledger).differences).toHaveLength(1);
  });
});
