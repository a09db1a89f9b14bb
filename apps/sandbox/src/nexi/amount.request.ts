import type { Item } from './model.js';
import { readItems, readMyReference, sumMessage, totalOf } from './order.request.js';
import { rootReader } from './payment.request.js';
import type { Reader } from './reader.js';

/** A charge, a refund or a cancellation of a payment. */
export interface AmountRequest {
  readonly amount: number;
  readonly items?: readonly Item[];
  readonly isFinal: boolean;
}

const checkShipping = (root: Reader): void => {
  const shipping = root.child('shipping');
  shipping?.text('trackingNumber', { max: 255 });
  shipping?.text('provider', { max: 4 });
};

export const readAmountRequest = (body: unknown): AmountRequest => {
  const root = rootReader(body);
  const amount = root.int32('amount', { required: true });
  const items =
    Array.isArray(root.raw('orderItems')) && (root.raw('orderItems') as unknown[]).length === 0
      ? undefined
      : readItems(root, 'orderItems', false);
  if (amount !== undefined && amount < 0) root.refuse('amount', 'Amount must not be negative.');
  if (amount !== undefined && items && totalOf(items) !== amount)
    root.refuse('amount', sumMessage(items, amount));
  checkShipping(root);
  readMyReference(root);
  const isFinal = root.flag('finalCharge') ?? false;
  root.text('paymentMethodReference', { max: 128 });
  root.problems.throwIfAny();
  return { amount: amount ?? 0, isFinal, ...(items === undefined ? {} : { items }) };
};
