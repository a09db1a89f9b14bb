import type { HttpAnswer, HttpCall, HttpSender } from '#platform/http';
import type { AccountAccess } from '#providers/contract';
import { PortoneProvider } from './portone.provider.js';

const account = {
  baseUrl: 'http://x',
  credentials: { imp_key: 'k', imp_secret: 's' },
} as unknown as AccountAccess;

const answered = (status: number, body: unknown): HttpAnswer => ({
  ...{ kind: 'ANSWERED', status, headers: {} },
  text: typeof body === 'string' ? body : JSON.stringify(body),
});
const handled = (response: unknown) => answered(200, { code: 0, message: null, response });
const refused = (status: number) => answered(status, { code: -1, message: 'no', response: null });

/** One page of a list, from an adapter whose provider answers this. */
const list = async (answer: HttpAnswer, page = 1) => {
  const calls: HttpCall[] = [];
  const send = async (call: HttpCall): Promise<HttpAnswer> => {
    if (call.url.endsWith('/getToken'))
      return handled({ access_token: 't', now: 0, expired_at: 1800 });
    calls.push(call);
    return answer;
  };
  const provider = new PortoneProvider({ send, deadlineMs: 35_000 } as HttpSender);
  const span = { fromSeconds: 100, toSeconds: 200, page };
  return { read: await provider.listCaptures(account, span), url: calls[0]?.url };
};

const payment = (fields: object = {}) => ({
  ...{ imp_uid: 'imps_1', merchant_uid: 'r1', currency: 'KRW', amount: 1000, paid_at: 150 },
  ...{ custom_data: '{"orderId":"order-1"}', ...fields },
});

describe('the list of captures at PortOne', () => {
  it('is asked for by the time of payment, earliest first', async () => {
    const { read, url } = await list(handled({ list: [payment()], next: 2 }), 1);
    expect(url).toBe(
      'http://x/payments/status/paid?from=100&to=200&sorting=paid&page=1&limit=100&include_sandbox=true',
    );
    const amount = { amountMinor: 1000, currency: 'KRW' };
    const capture = { providerPaymentId: 'imps_1', capturedAtSeconds: 150, reference: 'r1' };
    expect(read).toEqual({
      ...{ kind: 'FOUND', hasMore: true },
      captures: [{ ...capture, orderId: 'order-1', amount }],
    });
  });

  it.each([
    [{ custom_data: null }, { orderId: null }],
    [{ custom_data: 'free text' }, { orderId: null }],
    [{ custom_data: { orderId: 'order-2' } }, { orderId: 'order-2' }],
    [{ currency: 'XXX' }, { amount: null }],
  ])('takes what others write as it comes: %j', async (fields, expected) => {
    const { read } = await list(handled({ list: [payment(fields)], next: 0 }));
    expect(read).toMatchObject({ captures: [expected] });
  });

  it('is not read in halves', async () => {
    const { read } = await list(handled({ list: [payment(), { imp_uid: 'imps_2' }], next: 0 }));
    expect(read.kind).toBe('UNAVAILABLE');
  });

  it('ends where a page is refused after the first, and with no payment at all', async () => {
    const none = { kind: 'FOUND', captures: [], hasMore: false };
    expect((await list(refused(400), 2)).read).toEqual(none);
    expect((await list(refused(404))).read).toEqual(none);
    expect((await list(refused(400))).read.kind).toBe('UNAVAILABLE');
    expect((await list(answered(404, '<html>'), 2)).read.kind).toBe('UNAVAILABLE');
  });
});
