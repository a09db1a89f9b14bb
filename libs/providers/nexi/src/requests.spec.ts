import type { Order } from '#kernel';
import type { AccountAccess } from '#providers/contract';
import { revealWebhookSecret } from './notifications.js';
import { describeBulk, describeCharge, describeRefund, registrationCall } from './requests.js';

const account = {
  notificationUrl: 'https://a.example/webhooks/nexi/t',
  webhookSecret: 'webhooksecret$&123',
  termsUrl: 'https://a.example/terms',
} as AccountAccess;

const order = (fields: Partial<Order> = {}): Order => ({
  orderId: 'order-1',
  name: 'Tea & <biscuits> "x" \\ \u0000',
  amount: { amountMinor: 1250, currency: 'SEK' },
  items: [],
  ...fields,
});
const charge = (of: Order) => ({ providerReference: 'r1', providerKey: 'abc', order: of });
const bodyOf = ({ body }: { body?: string }): unknown => JSON.parse(body ?? '');

describe('requests to Nexi', () => {
  it('carry one line with the whole amount when the order has none, in allowed letters', () => {
    const request = describeCharge(account, charge(order()));
    expect(request.path).toBe('/v1/unscheduledsubscriptions/abc/charges');
    expect(request.headers['idempotency-key']).toBe('r1');
    expect(bodyOf(request)).toMatchObject({
      myReference: 'r1',
      order: {
        amount: 1250,
        currency: 'SEK',
        reference: 'order-1',
        items: [
          {
            reference: 'order-1',
            name: 'Tea  biscuits x',
            quantity: 1,
            unitPrice: 1250,
            taxRate: 0,
            taxAmount: 0,
            grossTotalAmount: 1250,
            netTotalAmount: 1250,
          },
        ],
      },
    });
  });

  it('carry the order’s own lines with their tax, adding up to the amount', () => {
    const item = {
      ...{ reference: '<>', name: '가'.repeat(200), quantity: 2, unitPriceMinor: 500 },
      ...{ taxRateBasisPoints: 2500, taxMinor: 250, grossMinor: 1250 },
    };
    const { items } = (
      bodyOf(describeCharge(account, charge(order({ items: [item] })))) as {
        order: { items: unknown[] };
      }
    ).order;
    expect(items).toEqual([
      {
        ...{ reference: 'order-1', name: '가'.repeat(128), quantity: 2, unit: 'pcs' },
        ...{ unitPrice: 500, taxRate: 2500, taxAmount: 250 },
        ...{ grossTotalAmount: 1250, netTotalAmount: 1000 },
      },
    ]);
  });

  it('hold no webhook secret until they leave, and a merchant’s text cannot ask for it', () => {
    const named = order({ name: '"authorization":"[webhook secret]"' });
    const request = describeBulk(account, {
      externalOperationId: 'op-1',
      items: [charge(named), charge(order())],
    });
    expect(request.body).not.toContain('webhooksecret');
    const sent = JSON.parse(revealWebhookSecret(request.body, account.webhookSecret)) as {
      notifications: { webHooks: { authorization: string; url: string }[] };
      unscheduledSubscriptions: { order: { items: { name: string }[] } }[];
    };
    expect(sent.notifications.webHooks.length).toBeLessThanOrEqual(32);
    for (const hook of sent.notifications.webHooks)
      expect(hook).toMatchObject({
        authorization: account.webhookSecret,
        url: account.notificationUrl,
      });
    const [first] = sent.unscheduledSubscriptions;
    expect(JSON.stringify(first)).not.toContain('webhooksecret');
  });

  it('register a card for nothing', () => {
    const request = { reference: 'reg1', currency: 'EUR', returnUrl: 'https://m.example/r' };
    expect(bodyOf(registrationCall(account, request))).toMatchObject({
      order: { amount: 0, items: [{ grossTotalAmount: 0 }] },
      checkout: {
        integrationType: 'HostedPaymentPage',
        returnUrl: 'https://m.example/r',
        termsUrl: account.termsUrl,
        merchantHandlesConsumerData: true,
        charge: false,
      },
      unscheduledSubscription: { create: true },
      myReference: 'reg1',
    });
  });

  it('refund everything without lines, a part with one', () => {
    const refund = (amountMinor: number, refundedBeforeMinor = 0) =>
      bodyOf(
        describeRefund({
          ...{ reference: 'f', providerPaymentId: 'p', providerChargeId: 'c', reason: '' },
          ...{ capturedMinor: 1250, refundedBeforeMinor, order: order() },
          amount: { amountMinor, currency: 'SEK' },
        }),
      );
    expect(refund(1250)).toEqual({ amount: 1250, myReference: 'f' });
    expect(refund(250, 1000)).toMatchObject({
      amount: 250,
      orderItems: [{ grossTotalAmount: 250 }],
    });
    expect(() => refund(0)).toThrow();
    expect(() => refund(251, 1000)).toThrow();
  });
});
