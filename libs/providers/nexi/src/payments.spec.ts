import type { HttpAnswer, HttpCall, HttpSender } from '#platform/http';
import type { AccountAccess } from '#providers/contract';
import { NexiProvider } from './nexi.provider.js';

const PAYMENT = '4cfe36094bc548fa961ab9a93754138b';
const account = {
  baseUrl: 'http://x',
  credentials: { secret_key: 's' },
} as unknown as AccountAccess;
const answered = (status: number, text: string, headers = {}): HttpAnswer => ({
  kind: 'ANSWERED',
  status,
  headers,
  text,
});

const start = (answer: (call: HttpCall) => HttpAnswer) => {
  const calls: HttpCall[] = [];
  const send = async (call: HttpCall): Promise<HttpAnswer> => {
    calls.push(call);
    return answer(call);
  };
  let nowMs = 0;
  const provider = new NexiProvider({ send } as unknown as HttpSender, () => nowMs);
  const pass = (seconds: number) => {
    nowMs += seconds * 1000;
  };
  return { provider, calls, pass };
};

const payment = (fields: object) =>
  JSON.stringify({
    payment: {
      ...{ paymentId: PAYMENT, orderDetails: { amount: 1000, currency: 'EUR', reference: 'o' } },
      ...fields,
    },
  });

const order = {
  orderId: 'o',
  name: 'n',
  amount: { amountMinor: 1, currency: 'EUR' },
  items: [],
};

describe('a payment at Nexi', () => {
  it.each([
    [{}, 'PENDING', 0, 0],
    [{ summary: {} }, 'PENDING', 0, 0],
    [{ summary: { reservedAmount: 1000 } }, 'PENDING', 0, 0],
    [{ summary: { reservedAmount: 1000, chargedAmount: 1000 } }, 'PAID', 1000, 0],
    [{ summary: { chargedAmount: 1000, refundedAmount: 300 } }, 'PAID', 1000, 300],
    [{ summary: { chargedAmount: 1000, refundedAmount: 1000 } }, 'CANCELED', 1000, 1000],
    [{ summary: { reservedAmount: 1000, cancelledAmount: 1000 } }, 'CANCELED', 0, 0],
    [{ terminated: '2026-01-01T00:00:00.0000+00:00' }, 'FAILED', 0, 0],
    [{ charges: [{ chargeId: 'c1', amount: 1000 }] }, 'PAID', 1000, 0],
  ])('%j is %s', async (fields, status, capturedMinor, refundedMinor) => {
    const { provider } = start(() => answered(200, payment(fields)));
    const read = await provider.readPayment(account, PAYMENT);
    expect(read).toMatchObject({
      kind: 'FOUND',
      payment: { status, capturedMinor, refundedMinor, amount: { amountMinor: 1000 } },
    });
  });

  it('is read 30 times within an hour and no more, each payment by itself', async () => {
    const { provider, calls, pass } = start(() => answered(404, ''));
    for (let read = 0; read < 30; read += 1) await provider.readPayment(account, PAYMENT);
    pass(600);
    const refused = await provider.readPayment(account, PAYMENT);
    expect(refused).toMatchObject({ kind: 'UNAVAILABLE', retryAfterSeconds: 3000 });
    expect(calls).toHaveLength(30);
    await provider.readPayment(account, 'f'.repeat(32));
    expect(calls).toHaveLength(31);
    pass(3000);
    expect((await provider.readPayment(account, PAYMENT)).kind).toBe('ABSENT');
  });

  it('that the provider refuses to show is left alone as long as it asks', async () => {
    const { provider, calls, pass } = start(() => answered(429, '', { 'retry-after': '120' }));
    const wait = { kind: 'UNAVAILABLE', retryAfterSeconds: 120 };
    expect(await provider.readPayment(account, PAYMENT)).toMatchObject(wait);
    expect(await provider.readPayment(account, PAYMENT)).toMatchObject(wait);
    expect(calls).toHaveLength(1);
    pass(121);
    await provider.readPayment(account, PAYMENT);
    expect(calls).toHaveLength(2);
  });

  it.each([
    ['a proxy’s own 404 page', answered(404, '<html>Not Found</html>'), 'UNAVAILABLE'],
    ['an empty 404', answered(404, ''), 'ABSENT'],
    [
      'another payment than was asked for',
      answered(200, payment({ paymentId: 'x' })),
      'UNAVAILABLE',
    ],
    ['a body cut short', answered(200, payment({}).slice(0, -5)), 'UNAVAILABLE'],
    ['no answer', { kind: 'NO_ANSWER', reason: 'ECONNRESET' }, 'UNAVAILABLE'],
    ['a 500', answered(500, '{}'), 'UNAVAILABLE'],
  ] as const)('read as %s is not taken for more than it says', async (_name, answer, kind) => {
    const { provider } = start(() => answer);
    expect((await provider.readPayment(account, PAYMENT)).kind).toBe(kind);
  });

  it('is not called absent when one of the questions about it failed', async () => {
    const { provider } = start(({ headers }) =>
      headers?.['idempotency-key'] === 'second' ? answered(503, '') : answered(404, ''),
    );
    const question = { order, providerPaymentIds: [] };
    const [first, second] = ['first', 'second'].map((reference) => ({
      ...{ reference, providerKey: 'k' },
    }));
    const references = [first!, second!];
    const found = await provider.findPayments(account, { ...question, references });
    expect(found.kind).toBe('UNAVAILABLE');
    const absent = await provider.findPayments(account, { ...question, references: [first!] });
    expect(absent.kind).toBe('ABSENT');
  });

  it('is asked about by each reference at the agreement that one was sent to', async () => {
    const { provider, calls } = start(({ headers, url }) => {
      if (headers?.['idempotency-key'] === 'then' && url.includes('/old-card/'))
        return answered(200, JSON.stringify({ paymentId: PAYMENT, completed: true }));
      return url.endsWith(PAYMENT) ? answered(200, payment({})) : answered(404, '');
    });
    const found = await provider.findPayments(account, {
      references: [
        { reference: 'then', providerKey: 'old-card' },
        { reference: 'now', providerKey: 'new-card' },
      ],
      order,
      providerPaymentIds: [],
    });
    expect(found).toMatchObject({ kind: 'FOUND', payments: [{ providerPaymentId: PAYMENT }] });
    expect(calls.map(({ url }) => url.split('/').slice(-3)[0])).toEqual([
      ...['old-card', 'new-card', 'v1'],
    ]);
  });
});

describe('a page of a bulk operation', () => {
  const ask = (body: object) => {
    const { provider } = start(() => answered(200, JSON.stringify(body)));
    const question = { providerOperationId: 'b', skip: 0, take: 10 };
    return provider.readBulkPage(account, question);
  };
  const unscheduledSubscriptionId = '4CFE3609-4BC5-48FA-961A-B9A93754138B';

  it('is read whatever the case of its words, and tells items by the bare agreement', async () => {
    const page = [
      { unscheduledSubscriptionId, status: 'succeeded', paymentId: PAYMENT },
      { unscheduledSubscriptionId, status: 'FAILED', code: '54', source: 'Issuer' },
      { unscheduledSubscriptionId, status: 'Pending' },
    ];
    expect(await ask({ page, more: true, status: 'processing' })).toMatchObject({
      kind: 'FOUND',
      hasMore: true,
      isDone: false,
      items: [
        { status: 'SUCCEEDED', providerKey: PAYMENT, providerPaymentId: PAYMENT },
        { status: 'FAILED', failure: { failureCode: 'EXPIRED_CARD' } },
        { status: 'PENDING', providerPaymentId: null },
      ],
    });
  });

  it.each([
    { page: [{ unscheduledSubscriptionId, status: 'Sleeping' }], more: false, status: 'Done' },
    { page: [{ status: 'Succeeded' }], more: false, status: 'Done' },
    { page: [], more: false, status: 'Almost' },
    { page: [], status: 'Done' },
    {},
  ])('that says %j is not half understood', async (body) => {
    expect((await ask(body)).kind).toBe('UNAVAILABLE');
  });
});
