import type { FastifyInstance, FastifyRequest } from 'fastify';
import { checkoutUrlOf, hostedPageUrl } from './checkout.js';
import { newId, normalizeId } from './ids.js';
import type { PaymentRow } from './model.js';
import { readPaymentRequest } from './payment.request.js';
import { presentPayment } from './present.js';
import type { ReadLimit } from './read-limit.js';
import { invalid, NexiRefusal, notFound } from './refusal.js';
import type { Nexi } from './state.js';
import { formatTime } from './times.js';
import { announce } from './webhook-announcer.js';
import { created } from './webhook-events.js';

type ById = { Params: { id: string } };

/** The payment this account has under this id. */
export const getPayment = (nexi: Nexi, account: string, id: string): PaymentRow => {
  const payment = nexi.state.payments.get(normalizeId(id) ?? '');
  if (payment?.account !== account) throw notFound();
  return payment;
};

const createPayment = (nexi: Nexi, account: string, body: unknown): PaymentRow => {
  const atMs = nexi.core.clock.nowMs(account);
  const { order, checkout, hooks, myReference } = readPaymentRequest(body, atMs);
  const { wish } = checkout;
  if (wish?.id !== undefined && !nexi.state.findAgreement(account, wish.kind, wish.id))
    throw wish.kind === 'unscheduled'
      ? invalid('unscheduledSubscription.unscheduledSubscriptionId', 'Subscription not found.')
      : invalid('subscription.subscriptionId', 'Subscription not found.');
  const hookSet = nexi.state.keepHooks(hooks);
  const payment: PaymentRow = {
    id: newId('payment'),
    account,
    atMs,
    order,
    ...(myReference === undefined ? {} : { myReference }),
    ...(hookSet === undefined ? {} : { hooks: hookSet }),
    checkout,
  };
  nexi.state.payments.put(payment);
  announce(nexi, payment, () => [created(payment)]);
  return payment;
};

const presentCreated = (nexi: Nexi, payment: PaymentRow): Record<string, string> => ({
  paymentId: payment.id,
  ...(payment.checkout?.integrationType === 'HostedPaymentPage'
    ? { hostedPaymentPageUrl: hostedPageUrl(nexi, payment) }
    : {}),
  ...(nexi.core.switches.get('nexiExpiresAt') === 'present' && payment.checkout
    ? { expiresAt: formatTime(payment.checkout.expiresAtMs) }
    : {}),
});

/** A fault that keeps a payment from being found for a while after it was made. */
const isHiddenYet = ({ core }: Nexi, request: FastifyRequest, payment: PaymentRow): boolean => {
  if (core.faults.isCalm) return false;
  const lag = core.faults.lookupLagSeconds({
    provider: 'NEXI',
    method: 'GET',
    path: request.url.split('?')[0] ?? '',
    reference: payment.id,
    account: payment.account,
  });
  return core.clock.nowMs(payment.account) < payment.atMs + lag * 1000;
};

export const registerPayments = (app: FastifyInstance, nexi: Nexi, reads: ReadLimit): void => {
  app.post('/payments', (request, reply) => {
    const payment = createPayment(nexi, request.nexiAccount, request.body);
    return reply.code(201).send(presentCreated(nexi, payment));
  });

  app.get<ById>('/payments/:id', (request, reply) => {
    const payment = getPayment(nexi, request.nexiAccount, request.params.id);
    if (isHiddenYet(nexi, request, payment)) throw notFound();
    if (!reads.take(payment.id, Number(nexi.core.switches.get('nexiReadsPerHour'))))
      throw new NexiRefusal(429);
    return reply.send(presentPayment(payment, checkoutUrlOf(nexi, payment)));
  });
};
