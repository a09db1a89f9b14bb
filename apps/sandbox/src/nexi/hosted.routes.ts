import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { queryText } from './access.js';
import { closedReason, giveCard, returnUrlOf } from './checkout.js';
import { cardPage, challengePage, messagePage, PAGE_HEADERS } from './hosted.page.js';
import { normalizeId } from './ids.js';
import type { PaymentRow } from './model.js';
import { isObject, propertyOf } from './reader.js';
import type { Nexi } from './state.js';
import { findTestCard } from './test-cards.js';

/** The one test card that is known to ask the holder. */
const CHALLENGED_CARD = '5544330000000235';

interface GivenCard {
  readonly number: string;
  readonly expiry: string;
  readonly cvc: string;
}

const sendPage = (reply: FastifyReply, status: number, html: string): FastifyReply =>
  reply.code(status).headers(PAGE_HEADERS).send(html);

/** "12/29", "1229" or "12 / 2029" as MMYY; nothing when it is no month. */
export const readExpiry = (text: string): string | undefined => {
  const match = /^(\d{2})\s*\/?\s*(?:20)?(\d{2})$/.exec(text.trim());
  const [, month = '', year = ''] = match ?? [];
  return match && Number(month) >= 1 && Number(month) <= 12 ? `${month}${year}` : undefined;
};

/** A card is good to the end of its month. */
const isOver = (expiry: string, nowMs: number): boolean => {
  const month = Number(expiry.slice(0, 2));
  const year = 2000 + Number(expiry.slice(2));
  return Date.UTC(year, month) <= nowMs;
};

/** The card as typed, or what is wrong with it. */
const readCard = (fields: unknown, nowMs: number): GivenCard | string => {
  const text = (name: string): string => {
    const value = isObject(fields) ? propertyOf(fields, name) : undefined;
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
  };
  const number = text('cardNumber').replace(/[\s-]/g, '');
  if (!/^\d{12,19}$/.test(number)) return 'Enter the card number: 12 to 19 digits.';
  const expiry = readExpiry(text('expiry'));
  if (expiry === undefined) return 'Enter the expiry date as MM/YY.';
  if (isOver(expiry, nowMs)) return 'This card has expired.';
  const cvc = text('cvc');
  if (!/^\d{3,4}$/.test(cvc)) return 'Enter the security code: 3 or 4 digits.';
  return { number, expiry, cvc };
};

const closedPage = (reply: FastifyReply, payment: PaymentRow, reason: string): FastifyReply =>
  sendPage(reply, 409, messagePage('Nothing to do', reason, returnUrlOf(payment)));

/** The page a person is sent to: a form for a card, then back to the merchant. */
export const registerHostedPage = (app: FastifyInstance, nexi: Nexi): void => {
  const { core, state } = nexi;
  const findOpen = (request: FastifyRequest, reply: FastifyReply): PaymentRow | undefined => {
    const payment = state.payments.get(normalizeId(queryText(request, 'pid') ?? '') ?? '');
    const key = payment && core.accounts.find('NEXI', payment.account)?.secret;
    if (!payment || queryText(request, 'checkoutKey') !== key) {
      void sendPage(reply, 404, messagePage('Not found', 'There is no such payment.'));
      return undefined;
    }
    const reason = closedReason(nexi, payment);
    if (reason === undefined) return payment;
    void closedPage(reply, payment, reason);
    return undefined;
  };

  app.get('/hostedpaymentpage', (request, reply) => {
    const payment = findOpen(request, reply);
    return payment ? sendPage(reply, 200, cardPage(payment)) : reply;
  });

  app.post('/hostedpaymentpage', (request, reply) => {
    const payment = findOpen(request, reply);
    return payment ? takeForm(nexi, payment, { request, reply }) : reply;
  });

  registerScriptedPay(app, nexi);
};

const takeForm = (
  nexi: Nexi,
  payment: PaymentRow,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): FastifyReply => {
  const card = readCard(request.body, nexi.core.clock.nowMs(payment.account));
  if (typeof card === 'string') return sendPage(reply, 422, cardPage(payment, card));
  const challenge = isObject(request.body) ? propertyOf(request.body, 'challenge') : undefined;
  if (findTestCard(card.number)?.number === CHALLENGED_CARD) {
    if (challenge === undefined) return sendPage(reply, 200, challengePage(payment, card));
    if (challenge !== 'accept')
      return sendPage(reply, 422, cardPage(payment, 'You did not confirm this card.'));
  }
  const result = giveCard(nexi, payment, card);
  if (result.kind === 'REFUSED') return sendPage(reply, 422, cardPage(payment, result.reason));
  if (result.kind === 'DECLINED') {
    const problem = `The card was refused: ${result.decline.meaning} (${result.decline.code}).`;
    return sendPage(reply, 422, cardPage(payment, problem));
  }
  const target = returnUrlOf(result.payment);
  return target === undefined
    ? sendPage(reply, 200, messagePage('Done', 'Your card was taken.'))
    : reply.redirect(target, 303);
};

/**
 * How a script gives a card on the real test system, undocumented: ids in headers, the card in the
 * body.
 */
const registerScriptedPay = (app: FastifyInstance, nexi: Nexi): void => {
  app.post('/api/v1/pay', (request, reply) => {
    const id = normalizeId(String(request.headers['paymentid'] ?? ''));
    const payment = id === undefined ? undefined : nexi.state.payments.get(id);
    const key = payment && nexi.core.accounts.find('NEXI', payment.account)?.secret;
    if (!payment || request.headers['checkoutkey'] !== key) return reply.code(404).send();
    const card = readScriptedCard(request.body, nexi.core.clock.nowMs(payment.account));
    if (typeof card === 'string') return reply.code(400).send({ errors: { card: [card] } });
    const result = giveCard(nexi, payment, card);
    if (result.kind === 'REFUSED')
      return reply.code(400).send({ errors: { payment: [result.reason] } });
    if (result.kind === 'DECLINED') {
      const { code, source } = result.decline;
      return reply.code(402).send({ code, message: result.message, source });
    }
    return reply.send({ paymentId: payment.id, redirectUrl: returnUrlOf(result.payment) ?? null });
  });
};

const readScriptedCard = (body: unknown, nowMs: number): GivenCard | string => {
  const outer = isObject(body) ? body : {};
  const nested = propertyOf(outer, 'card') ?? propertyOf(outer, 'cardDetails');
  const fields = isObject(nested) ? nested : outer;
  const first = (...names: string[]): unknown =>
    names.map((name) => propertyOf(fields, name)).find((value) => value !== undefined);
  const month = String(first('expiryMonth', 'month') ?? '').padStart(2, '0');
  const year = String(first('expiryYear', 'year') ?? '');
  return readCard(
    {
      cardNumber: first('cardNumber', 'number', 'pan'),
      expiry: first('expiry', 'expiryDate') ?? `${month}/${year}`,
      cvc: first('cvc', 'cvv', 'securityCode'),
    },
    nowMs,
  );
};
