import type { AmountRequest } from './amount.request.js';
import { PARTS_MAX } from './capture.js';
import { recordRefund } from './charging.js';
import { relatedId } from './ids.js';
import { chargesOf, type PaymentRow, type RefundRow, type RefundState } from './model.js';
import { chargedOf } from './present.js';
import { internalRefusal, invalid } from './refusal.js';
import type { Nexi } from './state.js';
import { runAt } from './timers.js';
import { announce } from './webhook-announcer.js';
import { refundEnded, refundInitiated } from './webhook-events.js';

const holdsMoney = ({ state }: RefundRow): boolean => state === 'Completed' || state === 'Pending';

const takenBy = (refunds: readonly RefundRow[] | undefined, charge?: number): number =>
  refunds
    ?.filter((refund) => holdsMoney(refund) && (charge === undefined || refund.charge === charge))
    .reduce((sum, refund) => sum + refund.amount, 0) ?? 0;

/** What can still go back: of one charge, or of all. Refunds under way count as gone. */
const refundableOf = (payment: PaymentRow, charge: number | undefined): number => {
  const ofPayment = chargedOf(payment) - takenBy(payment.refunds);
  if (charge === undefined) return ofPayment;
  const ofCharge = (chargesOf(payment)[charge]?.amount ?? 0) - takenBy(payment.refunds, charge);
  return Math.min(ofPayment, ofCharge);
};

const checkRefund = (payment: PaymentRow, request: RefundRequest): void => {
  const { amount, items, charge } = request;
  const refundable = refundableOf(payment, charge);
  const whole = charge === undefined ? chargedOf(payment) : chargesOf(payment)[charge]?.amount;
  if (chargedOf(payment) === 0)
    throw internalRefusal(400, 'RefundFailed', 'The payment has no charge to refund.');
  if (amount === 0)
    throw internalRefusal(400, 'InvalidRefundAmount', 'A refund must be greater than 0.');
  if (refundable === 0)
    throw internalRefusal(400, 'PaymentAlreadyRefunded', 'The payment is refunded already.');
  if (amount > refundable)
    throw internalRefusal(
      400,
      'InvalidRefundAmount',
      `Expected at most ${refundable}, found ${amount}.`,
    );
  if (amount !== whole && !items)
    throw invalid('orderItems', 'A partial refund needs the orderItems it is for.');
  if ((payment.refunds?.length ?? 0) >= PARTS_MAX)
    throw invalid('amount', `A payment has at most ${PARTS_MAX} refunds.`);
};

interface RefundRequest extends AmountRequest {
  /** Which charge, by number; absent: the payment as a whole. */
  readonly charge?: number;
}

/** Takes a refund in: Pending for as long as the switch says, then what the other switch says. */
export const refund = (
  nexi: Nexi,
  payment: PaymentRow,
  request: RefundRequest,
): { refundId: string } => {
  checkRefund(payment, request);
  const { core, state } = nexi;
  const nth = payment.refunds?.length ?? 0;
  const row: RefundRow = {
    amount: request.amount,
    atMs: core.clock.nowMs(payment.account),
    state: 'Pending',
    ...(request.charge === undefined ? {} : { charge: request.charge }),
    ...(request.items === undefined ? {} : { items: request.items }),
  };
  const updated: PaymentRow = { ...payment, refunds: [...(payment.refunds ?? []), row] };
  state.payments.put(updated);
  announce(nexi, updated, () => [refundInitiated(updated, nth, row)]);
  planRefund(nexi, updated, nth);
  return { refundId: relatedId(payment.id, 'refund', nth) };
};

const planRefund = (nexi: Nexi, payment: PaymentRow, nth: number): void => {
  const { switches } = nexi.core;
  const outcome = switches.get('nexiRefundOutcome') as RefundState;
  if (outcome === 'Pending') return;
  const delayMs = Number(switches.get('nexiRefundDelayMs'));
  if (delayMs === 0) return endRefund(nexi, payment.id, { nth, outcome });
  const atMs = (payment.refunds?.[nth]?.atMs ?? 0) + delayMs;
  const when = { account: payment.account, atMs, key: `nexi-refund ${payment.id} ${nth}` };
  runAt(nexi, when, () => endRefund(nexi, payment.id, { nth, outcome }));
};

/** After a start: refunds that were Pending go on. */
export const resumeRefunds = (nexi: Nexi, payment: PaymentRow): void =>
  payment.refunds?.forEach((row, nth) => {
    if (row.state === 'Pending') planRefund(nexi, payment, nth);
  });

const endRefund = (
  nexi: Nexi,
  paymentId: string,
  { nth, outcome }: { nth: number; outcome: RefundState },
): void => {
  const payment = nexi.state.payments.get(paymentId);
  const row = payment?.refunds?.[nth];
  if (!payment || row?.state !== 'Pending') return;
  const ended: RefundRow = {
    ...row,
    state: outcome,
    atMs: nexi.core.clock.nowMs(payment.account),
  };
  const updated: PaymentRow = { ...payment, refunds: payment.refunds?.with(nth, ended) ?? [] };
  nexi.state.payments.put(updated);
  if (outcome === 'Completed') recordRefund(nexi, updated, row.amount);
  if (outcome !== 'Cancelled') announce(nexi, updated, () => [refundEnded(updated, nth, ended)]);
};

/** `POST /v1/pending-refunds/{id}/cancel`: only while it is Pending. */
export const cancelPendingRefund = (nexi: Nexi, payment: PaymentRow, nth: number): void => {
  const row = payment.refunds?.[nth];
  if (row?.state !== 'Pending')
    throw internalRefusal(405, 'RefundCancelFailed', `The refund is ${row?.state}, not Pending.`);
  nexi.core.clock.cancel(`nexi-refund ${payment.id} ${nth}`);
  endRefund(nexi, payment.id, { nth, outcome: 'Cancelled' });
};
