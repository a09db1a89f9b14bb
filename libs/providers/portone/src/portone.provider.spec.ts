import type { HttpAnswer, HttpCall, HttpSender } from '#platform/http';
import type { AccountAccess, FrozenRequest } from '#providers/contract';
import { PortoneProvider } from './portone.provider.js';

const account = {
  baseUrl: 'http://x',
  credentials: { imp_key: 'k', imp_secret: 's' },
  isRawCardRegistrationOn: true,
} as unknown as AccountAccess;

const answered = (status: number, body: unknown): HttpAnswer => ({
  kind: 'ANSWERED',
  status,
  headers: {},
  text: typeof body === 'string' ? body : JSON.stringify(body),
});
const handled = (response: unknown, status = 200) =>
  answered(status, { code: 0, message: null, response });
const refusal = (message: string, status = 200) =>
  answered(status, { code: 1, message, response: null });
const html = (status: number) => answered(status, '<html>nothing here</html>');

/** An adapter whose provider answers from a script; tokens are always granted. */
const start = (answer: (call: HttpCall) => HttpAnswer) => {
  const calls: HttpCall[] = [];
  const send = async (call: HttpCall): Promise<HttpAnswer> => {
    if (call.url.endsWith('/getToken'))
      return handled({ access_token: 't', now: 0, expired_at: 1800 });
    calls.push(call);
    return answer(call);
  };
  return { provider: new PortoneProvider({ send, deadlineMs: 35_000 } as HttpSender), calls };
};

const payment = (fields: object = {}) => ({
  ...{ imp_uid: 'imps_1', merchant_uid: 'r1', customer_uid: 'k', currency: 'KRW' },
  ...{ amount: 1000, cancel_amount: 0, status: 'paid', paid_at: 1 },
  ...fields,
});

describe('a payment at PortOne', () => {
  it.each([
    [{}, 'PAID', 1000, 0],
    [{ status: 'cancelled', cancel_amount: 300 }, 'PAID', 1000, 300],
    [{ status: 'cancelled', cancel_amount: 1000 }, 'CANCELED', 1000, 1000],
    [{ status: 'cancelled', cancel_amount: 1000, paid_at: 0 }, 'CANCELED', 0, 0],
    [{ status: 'ready', paid_at: 0 }, 'PENDING', 0, 0],
    [{ status: 'failed', fail_reason: '잔액부족' }, 'FAILED', 0, 0],
  ])('%j is %s', async (fields, status, capturedMinor, refundedMinor) => {
    const { provider, calls } = start(() => handled(payment(fields)));
    const read = await provider.readPayment(account, 'imps_1');
    expect(read).toMatchObject({ payment: { status, capturedMinor, refundedMinor } });
    expect(calls[0]?.url).toBe('http://x/payments/imps_1?include_sandbox=true');
    expect(calls[0]?.headers?.['authorization']).toBe('Bearer t');
  });

  it.each([
    ['PortOne’s own 404', refusal('존재하지 않는 결제정보입니다.', 404), 'ABSENT'],
    ['a gateway’s 404 page', html(404), 'UNAVAILABLE'],
    ['a 500', html(500), 'UNAVAILABLE'],
    ['no answer', { kind: 'NO_ANSWER', reason: 'x' }, 'UNAVAILABLE'],
    ['a status we do not know', handled(payment({ status: 'constructor' })), 'UNAVAILABLE'],
    ['an amount no currency has', handled(payment({ amount: 10.5 })), 'UNAVAILABLE'],
    ['another refusal', refusal('점검중입니다'), 'UNAVAILABLE'],
  ] as const)('read as %s is %3$s', async (_name, answer, kind) => {
    const { provider } = start(() => answer);
    expect((await provider.readPayment(account, 'imps_1')).kind).toBe(kind);
  });
});

describe('payments under a reference', () => {
  const [r1, r2] = ['r1', 'r2'].map((reference) => ({ reference, providerKey: 'k' }));
  const question = {
    order: { orderId: 'o', name: 'n', amount: { amountMinor: 1, currency: 'KRW' }, items: [] },
    providerPaymentIds: [],
  };

  it('are all of them, from all pages, newest and oldest', async () => {
    const { provider, calls } = start(({ url }) => {
      const page = Number(new URL(url).searchParams.get('page'));
      const list = [payment({ imp_uid: `imps_${page}` })];
      return handled({ total: 3, previous: page - 1, next: page < 3 ? page + 1 : 0, list });
    });
    const found = await provider.findPayments(account, { ...question, references: [r1!] });
    expect(found.kind === 'FOUND' && found.payments.map((one) => one.providerPaymentId)).toEqual([
      ...['imps_1', 'imps_2', 'imps_3'],
    ]);
    expect(calls).toHaveLength(3);
  });

  it('are read from a bare array too', async () => {
    const { provider } = start(() => handled([payment()]));
    expect(await provider.findPayments(account, { ...question, references: [r1!] })).toMatchObject({
      ...{ kind: 'FOUND', payments: [{ reference: 'r1' }] },
    });
  });

  it('are not called absent when one question failed, or one entry cannot be read', async () => {
    const failing = start(({ url }) => (url.includes('/r2') ? html(502) : refusal('없음', 404)));
    const references = [r1!, r2!];
    const found = await failing.provider.findPayments(account, { ...question, references });
    expect(found.kind).toBe('UNAVAILABLE');
    const odd = start(() => handled([payment(), { merchant_uid: 'r1' }]));
    expect((await odd.provider.findPayments(account, { ...question, references })).kind).toBe(
      'UNAVAILABLE',
    );
  });

  it('include those whose ids were named elsewhere', async () => {
    const { provider } = start(({ url }) =>
      url.includes('findAll') ? refusal('없음', 404) : handled(payment({ imp_uid: 'imps_9' })),
    );
    const asked = { ...question, references: [r1!], providerPaymentIds: ['imps_9'] };
    expect(await provider.findPayments(account, asked)).toMatchObject({
      kind: 'FOUND',
      payments: [{ providerPaymentId: 'imps_9' }],
    });
  });
});

describe('card data', () => {
  const card = {
    ...{ number: '4092 0230 1234 1234', expiryYear: '2030', expiryMonth: '7' },
    ...{ birthOrBusinessNumber: '900101', passwordTwoDigits: '42', cvc: '987' },
  };
  const issue = (answer: HttpAnswer) => {
    const started = start(({ method }) =>
      method === 'GET' ? refusal('customer_uid(k)로 등록된 정보를 찾을 수 없습니다.') : answer,
    );
    return { ...started, issued: started.provider.issueKey(account, 'k', card) };
  };

  it('goes out in PortOne’s form and comes back in no result', async () => {
    const answers = [
      handled({ customer_uid: 'k', card_number: '4092023012341234', card_name: '비씨' }),
      refusal('카드번호 4092-0230-1234-1234 오류 [F113]거래거절 카드번호틀림'),
      refusal('응답 시간초과 4092023012341234'),
      html(500),
      { kind: 'NO_ANSWER', reason: 'ECONNRESET' } as const,
    ];
    const kinds: string[] = [];
    for (const answer of answers) {
      const { issued, calls } = issue(answer);
      const result = await issued;
      kinds.push(result.kind);
      expect(JSON.parse(calls[1]?.body ?? '')).toEqual({
        ...{ card_number: '4092-0230-1234-1234', expiry: '2030-07' },
        ...{ birth: '900101', pwd_2digit: '42', cvc: '987' },
      });
      expect(JSON.stringify(result)).not.toMatch(/30-?1234-?1234|02301234|900101|987/);
    }
    expect(kinds).toEqual(['ISSUED', 'REFUSED', 'UNKNOWN', 'UNKNOWN', 'UNKNOWN']);
  });

  it('never goes to a key that exists, or when nobody can say whether it does', async () => {
    const existing = start(() => handled({ customer_uid: 'k' }));
    expect((await existing.provider.issueKey(account, 'k', card)).kind).toBe('REFUSED');
    const unclear = start(() => html(502));
    expect((await unclear.provider.issueKey(account, 'k', card)).kind).toBe('NOT_SENT');
    expect([...existing.calls, ...unclear.calls].every(({ method }) => method === 'GET')).toBe(
      true,
    );
  });
});

describe('a refund at PortOne', () => {
  const frozen: FrozenRequest = {
    ...{ method: 'POST', path: '/payments/cancel', headers: {} },
    body: '{"imp_uid":"imps_1","amount":300,"checksum":1000,"reason":"x"}',
  };
  const part = { status: 'cancelled', cancel_amount: 300, cancel_history: [{ amount: 300 }] };
  it.each([
    ['the balance after it', handled(payment(part)), 'SUCCEEDED'],
    ['the balance before it', handled(payment()), 'PENDING'],
    ['another balance', handled(payment({ ...part, cancel_amount: 301 })), 'UNKNOWN'],
    ['another payment', handled(payment({ ...part, imp_uid: 'imps_2' })), 'UNKNOWN'],
    ['that all went back before', refusal('이미 전액취소된 주문입니다.'), 'UNKNOWN'],
    ['that there is none', refusal('취소할 결제건이 존재하지 않습니다.'), 'FAILED'],
    ['another checksum', refusal('취소가능금액(checksum)이 일치하지 않습니다.'), 'FAILED'],
    ['a gateway’s page', html(502), 'UNKNOWN'],
    ['too many requests', html(429), 'NOT_SENT'],
    ['no answer', { kind: 'NO_ANSWER', reason: 'x' }, 'UNKNOWN'],
  ] as const)('answered with %s is %3$s', async (_name, answer, kind) => {
    const { provider } = start(() => answer);
    expect((await provider.sendRefund(account, frozen)).kind).toBe(kind);
  });
});

describe('a schedule at PortOne', () => {
  const frozen: FrozenRequest = {
    ...{ method: 'POST', path: '/subscribe/payments/schedule', headers: {} },
    body: JSON.stringify({
      customer_uid: 'k',
      schedules: [{ merchant_uid: 'r1', amount: 1000, currency: 'KRW', schedule_at: 1800 }],
    }),
  };
  const entry = {
    ...{ customer_uid: 'k', merchant_uid: 'r1', schedule_at: 1800, amount: 1000 },
    ...{ currency: 'KRW', schedule_status: 'scheduled', imp_uid: null },
  };
  it.each([
    ['it, in a bare array', handled([entry]), 'REGISTERED'],
    ['it, in a page', handled({ list: [entry], next: 0 }), 'REGISTERED'],
    ['another time', handled([{ ...entry, schedule_at: 1801 }]), 'UNKNOWN'],
    ['another amount', handled([{ ...entry, amount: 999 }]), 'UNKNOWN'],
    ['another key', handled([{ ...entry, customer_uid: 'x' }]), 'UNKNOWN'],
    ['nothing', handled([]), 'UNKNOWN'],
    ['that it is booked already', refusal('이미 등록된 merchant_uid입니다.'), 'UNKNOWN'],
    ['an unknown key', refusal('등록된 고객정보가 없습니다.'), 'REJECTED'],
    ['a time that is over', refusal('예약시각은 현재시각 이후여야 합니다.', 400), 'REJECTED'],
    ['wrong credentials', html(401), 'REJECTED'],
    ['a gateway’s page', html(502), 'UNKNOWN'],
    ['no answer', { kind: 'NO_ANSWER', reason: 'x' }, 'UNKNOWN'],
  ] as const)('answered with %s is %3$s', async (_name, answer, kind) => {
    const { provider } = start(() => answer);
    expect((await provider.sendSchedule(account, frozen)).kind).toBe(kind);
  });

  it.each([
    ['revoked', handled([{ ...entry, schedule_status: 'revoked' }]), 'REVOKED'],
    ['still scheduled', handled([entry]), 'UNKNOWN'],
    ['executed', handled([{ ...entry, schedule_status: 'executed' }]), 'UNKNOWN'],
    ['another one', handled([{ ...entry, merchant_uid: 'r2' }]), 'UNKNOWN'],
    ['nothing there', refusal('취소할 예약결제 기록이 존재하지 않습니다.'), 'NOTHING_TO_REVOKE'],
    ['a gateway’s 404', html(404), 'UNKNOWN'],
    ['refused at the door', html(429), 'NOT_SENT'],
  ] as const)('whose revocation is answered with %s is %3$s', async (_name, answer, kind) => {
    const { provider } = start(() => answer);
    const question = { providerKey: 'k', reference: 'r1' };
    expect((await provider.revokeSchedule(account, question)).kind).toBe(kind);
  });
});

describe('a webhook from PortOne', () => {
  const read = (body: unknown) => start(() => html(500)).provider.readWebhook(account, { body });

  it('is a hint of four fields, with one key for its repetitions', () => {
    const hint = read({ imp_uid: 'imps_1', merchant_uid: 'r1', status: 'failed' });
    expect(hint).toMatchObject({
      ...{ isAuthentic: true, event: 'failed', claims: 'FAILED' },
      ...{ providerPaymentId: 'imps_1', reference: 'r1', orderId: null },
    });
    const again = read({ status: 'failed', merchant_uid: 'r1', imp_uid: 'imps_1', x: 1 });
    expect(again.dedupeKey).toBe(hint.dedupeKey);
    expect(read({ imp_uid: 'imps_1', merchant_uid: 'r1', status: 'paid' }).dedupeKey).not.toBe(
      hint.dedupeKey,
    );
  });

  it('tells two cancellations of one payment apart', () => {
    const canceled = { imp_uid: 'imps_1', merchant_uid: 'r1', status: 'cancelled' };
    expect(read({ ...canceled, cancellation_id: 'a' }).dedupeKey).not.toBe(
      read({ ...canceled, cancellation_id: 'b' }).dedupeKey,
    );
  });
});
