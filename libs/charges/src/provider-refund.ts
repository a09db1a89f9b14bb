import type { RefundReading } from '#providers/contract';

/** What the books say was paid back on one capture. */
export interface BookedRefunds {
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  /** Of a refund of ours under way. */
  readonly reservedMinor: number;
  readonly providerRefundIds: readonly string[];
}

export interface UnbookedRefund {
  readonly providerRefundId: string | null;
  readonly amountMinor: number;
}

/** WAIT: a refund is under way, ours or the provider's, and the figures say nothing before it has ended. */
export type RefundFinding =
  | { readonly kind: 'WAIT' }
  | { readonly kind: 'BOOK'; readonly refunds: readonly UnbookedRefund[] };

/** What the provider paid back and we did not book: one by one where its list adds up to the difference, else in one sum. */
export const unbookedRefunds = (
  reading: Extract<RefundReading, { kind: 'FOUND' }>,
  booked: BookedRefunds,
): RefundFinding => {
  if (booked.reservedMinor > 0) return { kind: 'WAIT' };
  const others = reading.refunds.filter(
    ({ providerRefundId }) => !booked.providerRefundIds.includes(providerRefundId),
  );
  const refundedMinor = Math.min(reading.refundedMinor, booked.capturedMinor);
  const differenceMinor = refundedMinor - booked.refundedMinor;
  if (differenceMinor <= 0)
    return others.some(({ status }) => status === 'PENDING')
      ? { kind: 'WAIT' }
      : { kind: 'BOOK', refunds: [] };
  const done = others
    .filter(({ status, amountMinor }) => status === 'SUCCEEDED' && amountMinor > 0)
    .map(({ providerRefundId, amountMinor }) => ({ providerRefundId, amountMinor }));
  const listedMinor = done.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const whole = { providerRefundId: null, amountMinor: differenceMinor };
  return { kind: 'BOOK', refunds: listedMinor === differenceMinor ? done : [whole] };
};
