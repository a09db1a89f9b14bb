import type { AccountAccess } from '#providers/contract';
import { readWebhook } from './webhook.js';

const account = { webhookSecret: 'webhook-secret-1' } as AccountAccess;
const read = (body: unknown, authorization?: string) =>
  readWebhook(account, { headers: { authorization }, body });

const created = {
  id: '01',
  event: 'payment.created',
  data: { paymentId: 'AB-cd', myReference: 'ref', order: { reference: 'order-1' } },
};

describe('a webhook from Nexi', () => {
  it.each([
    ['webhook-secret-1', true],
    ['webhook-secret-2', false],
    ['Bearer webhook-secret-1', false],
    ['', false],
    [undefined, false],
  ])('with authorization %s is authentic: %s', (authorization, isAuthentic) => {
    expect(read(created, authorization).isAuthentic).toBe(isAuthentic);
  });

  it('is never authentic for an account without a secret', () => {
    const hint = readWebhook({ webhookSecret: '' } as AccountAccess, {
      headers: { authorization: '' },
      body: created,
    });
    expect(hint.isAuthentic).toBe(false);
  });

  it('names what to ask about', () => {
    expect(read(created)).toMatchObject({
      event: 'payment.created',
      claims: 'OTHER',
      providerPaymentId: 'abcd',
      reference: 'ref',
      orderId: 'order-1',
    });
  });

  it.each([
    ['payment.charge.created.v2', 'CAPTURED'],
    ['payment.reservation.failed', 'FAILED'],
    ['payment.refund.completed', 'REFUNDED'],
    ['payment.checkout.completed', 'REGISTERED'],
    ['payment.of.the.future', 'OTHER'],
    ['toString', 'OTHER'],
  ])('%s claims %s', (event, claims) => {
    expect(read({ ...created, event }).claims).toBe(claims);
  });

  it('is told apart from another event with the same id, not from its own repetition', () => {
    const reserved = read({ ...created, event: 'payment.reservation.created' });
    const reservedToo = read({ ...created, event: 'payment.reservation.created.v2' });
    expect(reserved.dedupeKey).not.toBe(reservedToo.dedupeKey);
    expect(read({ ...created, timestamp: 'later' }).dedupeKey).toBe(read(created).dedupeKey);
  });
});
