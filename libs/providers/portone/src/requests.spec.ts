import type { Order } from '#kernel';
import type { AccountAccess, RefundRequest } from '#providers/contract';
import {
  describeCharge,
  describeRefund,
  describeSchedule,
  thawCharge,
  thawRefund,
  thawSchedule,
} from './requests.js';

const account = { notificationUrl: 'https://a.example/webhooks/portone/t' } as AccountAccess;
const order = (amountMinor: number, currency: string, name = '월 구독'): Order => ({
  orderId: 'order-1',
  name,
  amount: { amountMinor, currency },
  items: [],
});
const charge = (of: Order) =>
  describeCharge(account, { providerReference: 'r'.repeat(24), providerKey: 'k/1', order: of });
const refund = (fields: Partial<RefundRequest>): RefundRequest => ({
  reference: 'x',
  providerPaymentId: 'imps_1',
  providerChargeId: null,
  amount: { amountMinor: 300, currency: 'USD' },
  capturedMinor: 1000,
  refundedBeforeMinor: 250,
  order: order(1000, 'USD'),
  reason: '고객 요청',
  ...fields,
});

describe('requests to PortOne', () => {
  it('carry won without and dollars with decimals', () => {
    expect(charge(order(9900, 'KRW')).body).toContain('"amount":9900,');
    expect(charge(order(1050, 'USD')).body).toContain('"amount":10.50,');
    expect(charge(order(5, 'USD')).body).toContain('"amount":0.05,');
  });

  it('carry the order id, the webhook address and a name of at most 40 characters', () => {
    const body = JSON.parse(charge(order(9900, 'KRW', '😀'.repeat(50))).body) as object;
    expect(body).toEqual({
      customer_uid: 'k/1',
      merchant_uid: 'r'.repeat(24),
      amount: 9900,
      currency: 'KRW',
      name: '😀'.repeat(40),
      custom_data: '{"orderId":"order-1"}',
      notice_url: account.notificationUrl,
    });
  });

  it('are the same bytes each time, and tell what they asked for', () => {
    const request = charge(order(1029, 'USD'));
    expect(charge(order(1029, 'USD'))).toEqual(request);
    expect(thawCharge(request)).toEqual({
      reference: 'r'.repeat(24),
      providerKey: 'k/1',
      amount: { amountMinor: 1029, currency: 'USD' },
    });
  });

  it('book one payment at its second', () => {
    const request = describeSchedule(account, {
      ...{ providerReference: 'r', providerKey: 'k', order: order(9900, 'KRW') },
      dueAtSeconds: 1_800_000_000,
    });
    expect(thawSchedule(request)).toMatchObject({ reference: 'r', dueAtSeconds: 1_800_000_000 });
    expect(JSON.parse(request.body)).toMatchObject({ checking_amount: 0 });
  });

  it('refund with the balance we think of as checksum', () => {
    const request = describeRefund(refund({}));
    expect(request.body).toContain('"amount":3.00,"checksum":7.50,');
    expect(thawRefund(request)).toEqual({
      providerPaymentId: 'imps_1',
      amountMajor: 3,
      balanceBeforeMajor: 7.5,
    });
  });

  it.each([0, -1, 751])('never refund %i of a balance of 750', (amountMinor) => {
    const amount = { amountMinor, currency: 'USD' };
    expect(() => describeRefund(refund({ amount }))).toThrow('expected a refund above 0');
  });
});
