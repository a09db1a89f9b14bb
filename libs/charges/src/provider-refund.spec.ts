import { unbookedRefunds, type BookedRefunds } from './provider-refund.js';

const booked = (more: Partial<BookedRefunds> = {}): BookedRefunds => ({
  ...{ capturedMinor: 1_000, refundedMinor: 0, reservedMinor: 0, providerRefundIds: [] },
  ...more,
});
const refund = (
  providerRefundId: string,
  amountMinor: number,
  status: 'PENDING' | 'SUCCEEDED' | 'FAILED' = 'SUCCEEDED',
) => ({ providerRefundId, amountMinor, status });
const reading = (refundedMinor: number, ...refunds: ReturnType<typeof refund>[]) =>
  ({ kind: 'FOUND', refundedMinor, refunds }) as const;

describe('a refund made at the provider', () => {
  it('is booked by its id, and not twice', () => {
    const told = reading(400, refund('a', 300), refund('b', 100));
    expect(unbookedRefunds(told, booked())).toEqual({
      kind: 'BOOK',
      refunds: [
        { providerRefundId: 'a', amountMinor: 300 },
        { providerRefundId: 'b', amountMinor: 100 },
      ],
    });
    const first = booked({ refundedMinor: 300, providerRefundIds: ['a'] });
    expect(unbookedRefunds(told, first)).toEqual({
      kind: 'BOOK',
      refunds: [{ providerRefundId: 'b', amountMinor: 100 }],
    });
    const all = booked({ refundedMinor: 400, providerRefundIds: ['a', 'b'] });
    expect(unbookedRefunds(told, all)).toEqual({ kind: 'BOOK', refunds: [] });
  });

  it('is the difference where one of ours has no id there, and never beyond the capture', () => {
    const told = reading(400, refund('ours', 300), refund('b', 100));
    const refunds = [{ providerRefundId: null, amountMinor: 100 }];
    expect(unbookedRefunds(told, booked({ refundedMinor: 300 }))).toEqual({
      kind: 'BOOK',
      refunds,
    });
    const most = unbookedRefunds(reading(5_000), booked());
    expect(most).toMatchObject({ refunds: [{ amountMinor: 1_000 }] });
  });

  it('waits while one is under way, ours or theirs', () => {
    const told = reading(300, refund('a', 300));
    expect(unbookedRefunds(told, booked({ reservedMinor: 300 }))).toEqual({ kind: 'WAIT' });
    const pending = reading(0, refund('a', 300, 'PENDING'));
    expect(unbookedRefunds(pending, booked())).toEqual({ kind: 'WAIT' });
    const failed = reading(0, refund('a', 300, 'FAILED'));
    expect(unbookedRefunds(failed, booked())).toEqual({ kind: 'BOOK', refunds: [] });
  });

  it('is booked one by one only of what really went back', () => {
    const one = [{ providerRefundId: 'a', amountMinor: 300 }];
    for (const other of [
      ...[refund('b', 200, 'PENDING'), refund('b', 200, 'FAILED')],
      ...[refund('b', 0), refund('b', -200)],
    ])
      expect(unbookedRefunds(reading(300, refund('a', 300), other), booked())).toEqual({
        ...{ kind: 'BOOK', refunds: one },
      });
  });
});
