import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readAmountRequest, type AmountRequest } from './amount.request.js';
import { readIdempotencyKey } from './bulk.request.js';
import { capture } from './capture.js';
import { declineMessage, declineOf } from './declines.js';
import { normalizeId, partsOf, relatedId, type IdKind } from './ids.js';
import { chargesOf, type PaymentRow } from './model.js';
import {
  cancel,
  changeMyReference,
  changeOrder,
  changeReferences,
  terminate,
} from './payment-changes.js';
import { getPayment } from './payments.routes.js';
import { cancelPendingRefund, refund } from './refund.js';
import {
  conflict,
  declineRefusal,
  internalRefusal,
  NexiRefusal,
  notFound,
  type InternalCode,
} from './refusal.js';
import { idempotencyId, replayModeOf } from './single-charge.js';
import type { Nexi } from './state.js';

type ById = { Params: { id: string } };

/** The payment that a charge's or a refund's id belongs to, and which of them it is. */
const getPart = (
  nexi: Nexi,
  request: FastifyRequest<ById>,
  kind: IdKind & ('charge' | 'refund'),
): { payment: PaymentRow; nth: number; id: string } => {
  const id = normalizeId(request.params.id);
  const parts = id === undefined ? undefined : partsOf(id);
  if (id === undefined || parts?.kind !== kind) throw notFound();
  const payment = getPayment(nexi, request.nexiAccount, relatedId(id, 'payment', 0));
  const list = kind === 'charge' ? chargesOf(payment) : payment.refunds;
  if (list?.[parts.nth] === undefined) throw notFound();
  return { payment, nth: parts.nth, id };
};

interface Repeatable {
  readonly target: string;
  readonly amount: number;
  readonly otherAmount: { status: number; code: InternalCode };
  readonly paymentId: string;
}

/** Under a known key: what the first request came to, a refusal by the issuer too. */
const once = (
  nexi: Nexi,
  request: FastifyRequest,
  of: Repeatable & { make: () => string },
): string => {
  const key = readIdempotencyKey(request.headers['idempotency-key'], false);
  const mode = replayModeOf(nexi, request);
  if (key === undefined || mode === 'none') return of.make();
  const id = idempotencyId(of.target, key);
  const known = nexi.state.idempotency.get(id);
  if (!known) return keep(nexi, id, of);
  if (mode === 'error') throw conflict('This Idempotency-Key was used before.');
  if (known.amount !== of.amount)
    throw internalRefusal(
      of.otherAmount.status,
      of.otherAmount.code,
      `This Idempotency-Key was used with the amount ${known.amount}, now ${of.amount}.`,
    );
  if (known.made.length === 32) return known.made;
  const decline = declineOf(known.made);
  throw declineRefusal(decline, declineMessage(decline, of.paymentId));
};

const keep = (nexi: Nexi, id: string, of: Repeatable & { make: () => string }): string => {
  const { amount } = of;
  try {
    const made = of.make();
    nexi.state.idempotency.put({ id, made, amount });
    return made;
  } catch (error) {
    // Only the issuer's no is a result; a refused request may be corrected under the same key.
    const body = error instanceof NexiRefusal && error.status === 402 ? error.body : undefined;
    const { code, source } = (body ?? {}) as { code?: string; source?: string };
    if (code !== undefined && source === 'Issuer')
      nexi.state.idempotency.put({ id, made: code, amount });
    throw error;
  }
};

const addCaptureRoutes = (app: FastifyInstance, nexi: Nexi): void => {
  app.post<ById>('/payments/:id/charges', (request, reply) => {
    const amount = readAmountRequest(request.body);
    const payment = getPayment(nexi, request.nexiAccount, request.params.id);
    const chargeId = once(nexi, request, {
      target: `${payment.id}/charges`,
      amount: amount.amount,
      otherAmount: { status: 402, code: 'ChargeTriedWithDifferentAmount' },
      paymentId: payment.id,
      make: () => capture(nexi, payment, amount).chargeId,
    });
    return reply.code(201).send({ chargeId });
  });
  app.post<ById>('/payments/:id/cancels', (request, reply) => {
    const amount = readAmountRequest(request.body);
    cancel(nexi, getPayment(nexi, request.nexiAccount, request.params.id), amount);
    return reply.code(204).send();
  });
};

/** `charge`: which one, by number; absent: the payment as a whole. */
const refundOnce = (
  nexi: Nexi,
  request: FastifyRequest,
  of: { payment: PaymentRow; charge?: number; target: string; amount: AmountRequest },
): { refundId: string } => {
  const { payment, charge, target, amount } = of;
  const refundId = once(nexi, request, {
    target: `${target}/refunds`,
    amount: amount.amount,
    otherAmount: { status: 400, code: 'RefundTriedWithDifferentAmount' },
    paymentId: payment.id,
    make: () => refund(nexi, payment, { ...amount, charge }).refundId,
  });
  return { refundId };
};

const addRefundRoutes = (app: FastifyInstance, nexi: Nexi): void => {
  app.post<ById>('/payments/:id/refunds', (request, reply) => {
    const amount = readAmountRequest(request.body);
    const payment = getPayment(nexi, request.nexiAccount, request.params.id);
    const made = refundOnce(nexi, request, { payment, target: payment.id, amount });
    return reply.code(201).send(made);
  });
  app.post<ById>('/charges/:id/refunds', (request, reply) => {
    const amount = readAmountRequest(request.body);
    const { payment, nth, id } = getPart(nexi, request, 'charge');
    const made = refundOnce(nexi, request, { payment, charge: nth, target: id, amount });
    return reply.code(201).send(made);
  });
  app.post<ById>('/pending-refunds/:id/cancel', (request, reply) => {
    const { payment, nth } = getPart(nexi, request, 'refund');
    cancelPendingRefund(nexi, payment, nth);
    return reply.code(204).send();
  });
};

const addPartReads = (app: FastifyInstance, nexi: Nexi): void => {
  app.get<ById>('/charges/:id', (request, reply) => {
    const { payment, nth, id } = getPart(nexi, request, 'charge');
    const amount = chargesOf(payment)[nth]?.amount;
    return reply.send({ chargeId: id, amount, surchargeAmount: 0, invoiceDetails: {} });
  });
  app.get<ById>('/refunds/:id', (request, reply) => {
    const { payment, nth, id } = getPart(nexi, request, 'refund');
    const amount = payment.refunds?.[nth]?.amount;
    return reply.send({ refundId: id, amount, surchargeAmount: 0, invoiceDetails: {} });
  });
};

const CHANGES = {
  terminate: (nexi: Nexi, payment: PaymentRow): void => terminate(nexi, payment),
  referenceinformation: changeReferences,
  myreference: changeMyReference,
  orderitems: changeOrder,
} as const;

/** What is done to a payment after it was made. */
export const registerOperations = (app: FastifyInstance, nexi: Nexi): void => {
  addCaptureRoutes(app, nexi);
  addRefundRoutes(app, nexi);
  addPartReads(app, nexi);
  for (const [name, change] of Object.entries(CHANGES))
    app.put<ById>(`/payments/:id/${name}`, (request, reply) => {
      const payment = getPayment(nexi, request.nexiAccount, request.params.id);
      change(nexi, payment, request.body);
      return reply.code(204).send();
    });
};
