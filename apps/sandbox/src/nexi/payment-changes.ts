import type { AmountRequest } from './amount.request.js';
import { openOf } from './capture.js';
import { newId } from './ids.js';
import type { PaymentRow } from './model.js';
import {
  readItems,
  readMyReference,
  sumMessage,
  totalOf,
  WITHOUT_MARKUP,
} from './order.request.js';
import { rootReader } from './payment.request.js';
import { chargedOf } from './present.js';
import { conflict, internalRefusal, invalid } from './refusal.js';
import type { Nexi } from './state.js';
import { announce } from './webhook-announcer.js';
import { cancelEnded } from './webhook-events.js';

const wrongState = (message: string) => internalRefusal(405, 'AlreadyReserved', message);

const checkOpen = (payment: PaymentRow): void => {
  if (payment.terminatedAtMs !== undefined) throw wrongState('The payment is terminated.');
  if (!payment.checkout || payment.checkout.completedAtMs !== undefined)
    throw wrongState('The checkout is completed.');
};

/** Only before the checkout is completed; the documented 405 shows up as 400 in practice. */
export const terminate = ({ core, state }: Nexi, payment: PaymentRow): void => {
  if (payment.terminatedAtMs !== undefined) throw conflict('The payment is terminated already.');
  if (!payment.checkout || payment.checkout.completedAtMs !== undefined)
    throw invalid('paymentId', 'A payment can be terminated before its checkout is completed.');
  state.payments.put({ ...payment, terminatedAtMs: core.clock.nowMs(payment.account) });
};

/** Gives back what is reserved and not captured. */
export const cancel = (nexi: Nexi, payment: PaymentRow, request: AmountRequest): void => {
  const { amount, items } = request;
  const open = openOf(payment);
  if (payment.reserved === undefined)
    throw internalRefusal(405, 'NotReserved', 'The payment is not reserved.');
  if (open === 0 && chargedOf(payment) > 0)
    throw internalRefusal(405, 'AlreadyCharged', 'The payment is charged already.');
  if (open === 0)
    throw internalRefusal(405, 'AlreadyCancelled', 'The payment is cancelled already.');
  if (amount <= 0 || amount > open)
    throw invalid('amount', `Expected an amount from 1 to ${open}, found ${amount}.`);
  if (amount < payment.order.amount && !items)
    throw invalid('orderItems', 'A partial cancellation needs the orderItems it is for.');
  const hasFailed = nexi.core.switches.get('nexiCancelOutcome') === 'Failed';
  const updated: PaymentRow = hasFailed
    ? payment
    : { ...payment, cancelled: (payment.cancelled ?? 0) + amount };
  if (!hasFailed) nexi.state.payments.put(updated);
  const id = newId('cancel');
  announce(nexi, updated, () => [
    cancelEnded(updated, { id, amount, items: items ?? payment.order.items, hasFailed }),
  ]);
};

export const changeReferences = ({ state }: Nexi, payment: PaymentRow, body: unknown): void => {
  const root = rootReader(body);
  const url = root.text('checkoutUrl', { required: true, max: 256 });
  const reference = root.text('reference', { required: true, max: 128, without: WITHOUT_MARKUP });
  if (url !== undefined && !URL.canParse(url)) root.refuse('checkoutUrl', 'Expected a URL.');
  root.problems.throwIfAny();
  if (payment.terminatedAtMs !== undefined || !payment.checkout)
    throw wrongState('The payment is terminated.');
  state.payments.put({
    ...payment,
    order: { ...payment.order, reference: reference ?? '' },
    checkout: { ...payment.checkout, url: url ?? '' },
  });
};

export const changeMyReference = ({ state }: Nexi, payment: PaymentRow, body: unknown): void => {
  const root = rootReader(body);
  const myReference = readMyReference(root);
  root.problems.throwIfAny();
  const { myReference: _before, ...rest } = payment;
  state.payments.put({ ...rest, ...(myReference === undefined ? {} : { myReference }) });
};

/** Only before the checkout is completed. */
export const changeOrder = ({ state }: Nexi, payment: PaymentRow, body: unknown): void => {
  const root = rootReader(body);
  const items = readItems(root, 'items', true);
  const mayBeZero = payment.checkout?.wish !== undefined;
  const amount = root.int32('amount', { required: true, min: mayBeZero ? 0 : 1 });
  root.child('shipping')?.flag('costSpecified');
  for (const method of root.list('paymentMethods', { max: 64 }) ?? [])
    method.text('name', { required: true });
  if (items && amount !== undefined && totalOf(items) !== amount)
    root.refuse('amount', sumMessage(items, amount));
  root.problems.throwIfAny();
  checkOpen(payment);
  if (items && amount !== undefined)
    state.payments.put({ ...payment, order: { ...payment.order, amount, items } });
};
