import type { FastifyInstance } from 'fastify';
import { queryText } from './access.js';
import { readIdempotencyKey } from './bulk.request.js';
import { giveCard } from './checkout.js';
import { newId } from './ids.js';
import type { PaymentRow } from './model.js';
import { readNotifications } from './notifications.request.js';
import { readMyReference, readOrder } from './order.request.js';
import { rootReader } from './payment.request.js';
import type { Reader } from './reader.js';
import { conflict, declineRefusal, internalRefusal, invalid } from './refusal.js';
import { idempotencyId, replayModeOf } from './single-charge.js';
import type { Nexi } from './state.js';
import { TEST_CARDS } from './test-cards.js';
import { announce } from './webhook-announcer.js';
import { created } from './webhook-events.js';

/** The currencies that hosted card payments are known to take. */
const CURRENCIES = ['DKK', 'SEK', 'NOK', 'EUR', 'GBP', 'USD', 'CHF', 'PLN', 'CZK'];
/** The card comes with the request: its checkout is open just long enough to take it. */
const MINUTE_MS = 60_000;
const METHODS = [...new Set(TEST_CARDS.map((card) => card.paymentMethod))];

/** A bare array: each method in each currency. */
export const registerPaymentMethods = (app: FastifyInstance): void => {
  app.get('/paymentmethods', (request, reply) => {
    const currency = queryText(request, 'currency')?.toUpperCase();
    const enabled = queryText(request, 'enabled')?.toLowerCase();
    if (enabled !== undefined && enabled !== 'true' && enabled !== 'false')
      throw invalid('Enabled', 'Expected true or false.');
    const currencies = CURRENCIES.filter((one) => currency === undefined || one === currency);
    const methods = enabled === 'false' ? [] : METHODS;
    return reply.send(
      methods.flatMap((name) =>
        currencies.map((one) => ({ name, paymentType: 'CARD', currency: one, enabled: true })),
      ),
    );
  });
};

interface CardPayment {
  readonly payment: PaymentRow;
  readonly card: { number: string; expiry: string };
}

const digits = (min: number, max: number) => ({
  required: true,
  pattern: new RegExp(`^\\d{${min},${max}}$`),
  expected: `${min} to ${max} digits`,
});

const readCardDetails = (root: Reader): { number: string; expiry: string } | undefined => {
  const details = root.child('cardDetails', true);
  if (!details) return undefined;
  const number = details.textOrNumber('cardNumber', digits(12, 19));
  const month = details.textOrNumber('expiryMonth', digits(1, 2));
  const year = details.textOrNumber('expiryYear', digits(2, 4));
  details.textOrNumber('cvc', { ...digits(3, 4), required: false });
  if (month !== undefined && (Number(month) < 1 || Number(month) > 12))
    details.refuse('expiryMonth', 'Expected 01 to 12.');
  return number && month && year
    ? { number, expiry: `${month.padStart(2, '0')}${year.slice(-2)}` }
    : undefined;
};

const readCardPayment = (nexi: Nexi, account: string, body: unknown): CardPayment => {
  const root = rootReader(body);
  const order = readOrder(root, false);
  const card = readCardDetails(root);
  const info = root.child('paymentInfo');
  const charge = info?.flag('charge') ?? false;
  root.text('interactionType', { max: 64 });
  const hooks = nexi.state.keepHooks(readNotifications(root));
  const myReference = readMyReference(root);
  root.problems.throwIfAny();
  if (!order || !card) throw invalid('', 'Expected order and cardDetails.');
  const atMs = nexi.core.clock.nowMs(account);
  const payment: PaymentRow = {
    id: newId('payment'),
    account,
    atMs,
    order,
    ...(myReference === undefined ? {} : { myReference }),
    ...(hooks === undefined ? {} : { hooks }),
    checkout: {
      integrationType: 'EmbeddedCheckout',
      expiresAtMs: atMs + MINUTE_MS,
      ...(charge ? { charge } : {}),
    },
  };
  return { payment, card };
};

const payByCard = (nexi: Nexi, { payment, card }: CardPayment): string => {
  nexi.state.payments.put(payment);
  announce(nexi, payment, () => [created(payment)]);
  const result = giveCard(nexi, payment, card);
  if (result.kind === 'DECLINED') throw declineRefusal(result.decline, result.message);
  if (result.kind === 'REFUSED') throw invalid('cardDetails.cardNumber', result.reason);
  return payment.id;
};

/** `POST /v1/cardpayments`: card data from the merchant's own server. */
export const registerCardPayments = (app: FastifyInstance, nexi: Nexi): void => {
  app.post('/cardpayments', (request, reply) => {
    const account = request.nexiAccount;
    const key = readIdempotencyKey(request.headers['idempotency-key'], false);
    const cardPayment = readCardPayment(nexi, account, request.body);
    const mode = replayModeOf(nexi, request);
    const id = key === undefined ? undefined : idempotencyId(`${account}/cardpayments`, key);
    const known = id === undefined || mode === 'none' ? undefined : nexi.state.idempotency.get(id);
    if (known && mode === 'error') throw conflict('This Idempotency-Key was used before.');
    if (known && known.amount !== cardPayment.payment.order.amount)
      throw internalRefusal(
        402,
        'ChargeTriedWithDifferentAmount',
        `This Idempotency-Key was used with the amount ${known.amount}.`,
      );
    const paymentId = known?.made ?? payByCard(nexi, cardPayment);
    if (id !== undefined && !known)
      nexi.state.idempotency.put({ id, made: paymentId, amount: cardPayment.payment.order.amount });
    return reply
      .code(201)
      .send({ paymentId, ...(key === undefined ? {} : { idempotencyKey: key }) });
  });
};
