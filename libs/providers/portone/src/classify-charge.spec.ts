import type { HttpAnswer } from '#platform/http';
import {
  classifyCharge,
  VERDICTS,
  type AnswerShape,
  type ExpectedCharge,
} from './classify-charge.js';

const expected: ExpectedCharge = {
  reference: 'a1b2c3d4e5f6a7b8c9d0',
  providerKey: 'customer-1',
  amount: { amountMinor: 9900, currency: 'KRW' },
};

const payment = (fields: object = {}): object => ({
  imp_uid: 'imps_123456789012',
  merchant_uid: expected.reference,
  customer_uid: expected.providerKey,
  amount: 9900,
  cancel_amount: 0,
  currency: 'KRW',
  status: 'paid',
  fail_reason: null,
  paid_at: 1_700_000_000,
  ...fields,
});
const handled = (response: unknown) => JSON.stringify({ code: 0, message: null, response });
const refusal = (message: string | null, code = 1) =>
  JSON.stringify({ code, message, response: null });

/** One body of each shape. */
const BODIES: Readonly<Record<AnswerShape, readonly string[]>> = {
  PAID: [
    handled(payment()),
    handled(payment({ customer_uid: null })),
    handled(payment({ amount: '9900' })),
  ],
  FAILED: [handled(payment({ status: 'failed', fail_reason: '[F116]거래거절 잔액부족' }))],
  READY: [handled(payment({ status: 'ready', paid_at: 0 }))],
  CANCELED: [handled(payment({ status: 'cancelled', cancel_amount: 9900 }))],
  FOREIGN: [
    handled(payment({ amount: 9901 })),
    handled(payment({ amount: 99 })),
    handled(payment({ amount: 9900.5 })),
    handled(payment({ currency: 'USD' })),
    handled(payment({ currency: '???' })),
    handled(payment({ merchant_uid: 'another' })),
    handled(payment({ customer_uid: 'another' })),
    handled(payment({ status: 'failed', merchant_uid: 'another' })),
    handled(payment({ status: 'in_some_new_state' })),
  ],
  EMPTY: [handled(null), handled([]), handled({}), handled('paid'), handled([payment()])],
  UNREADABLE: [
    '',
    'null',
    '[]',
    '{}',
    'true',
    '<html><body>502 Bad Gateway</body></html>',
    handled(payment()).slice(0, -10),
    JSON.stringify(payment()),
    JSON.stringify({ code: '0', response: payment() }),
    JSON.stringify({ success: true, response: payment() }),
  ],
  ALREADY_USED: [
    refusal(
      '이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)',
    ),
    refusal('[2013]이미 승인된 거래입니다', -1),
    refusal('중복된 주문번호입니다.'),
  ],
  IN_DOUBT: [
    refusal('[9999]카드사 응답 시간초과', -1),
    refusal('결제 처리중입니다.'),
    refusal('PG사와의 통신 중 통신오류가 발생했습니다.'),
    refusal('알 수 없는 오류가 발생했습니다.'),
    refusal('Request timed out'),
  ],
  KEY_UNKNOWN: [
    refusal('등록되지 않은 구매자입니다.', -1),
    refusal('등록된 고객정보가 없습니다.'),
    refusal('요청하신 customer_uid(customer-1)로 등록된 정보를 찾을 수 없습니다.'),
    refusal('결제요청에 실패하였습니다. [F120]해지된 빌링키', -1),
  ],
  ACCESS_REFUSED: [
    refusal('Unauthorized', -1),
    refusal('인증에 실패하였습니다. API키와 secret을 확인하세요.', -1),
  ],
  TOO_MANY_REQUESTS: [refusal('요청이 너무 많습니다.')],
  SETTINGS_REFUSED: [refusal('비인증결제모듈 사용정보를 찾을 수 없습니다.')],
  PARAMETERS_REFUSED: [refusal('merchant_uid 파라메터가 누락되었습니다.', -1)],
  CARD_REFUSED: [
    refusal('카드정보 인증에 실패하였습니다. [F113]거래거절 카드번호틀림', -1),
    refusal('결제요청에 실패하였습니다. [P500]PG사 통신장애', -1),
    refusal('이미 해지된 카드입니다.'),
    refusal('무언가 잘못되었습니다.'),
    refusal(null),
  ],
};

const STATUSES = Array.from({ length: 500 }, (_, index) => 100 + index);
const answered = (status: number, text: string): HttpAnswer => ({
  kind: 'ANSWERED',
  status,
  headers: {},
  text,
});

/**
 * Written down a second time, by hand, so that a slip in the table is seen: what is not here must
 * be UNKNOWN.
 */
const REFUSED_AT_DOOR: readonly AnswerShape[] = [
  ...(['KEY_UNKNOWN', 'ACCESS_REFUSED', 'TOO_MANY_REQUESTS', 'SETTINGS_REFUSED'] as const),
  ...(['PARAMETERS_REFUSED', 'CARD_REFUSED', 'EMPTY', 'UNREADABLE'] as const),
];
const SAID: Readonly<Record<number, Readonly<Record<string, readonly AnswerShape[]>>>> = {
  200: {
    SUCCEEDED: ['PAID'],
    PENDING: ['READY'],
    DECLINED: ['FAILED', 'CARD_REFUSED', 'KEY_UNKNOWN'],
    REJECTED: ['ACCESS_REFUSED', 'TOO_MANY_REQUESTS', 'SETTINGS_REFUSED', 'PARAMETERS_REFUSED'],
  },
  400: {
    DECLINED: ['KEY_UNKNOWN'],
    REJECTED: [
      ...(['CARD_REFUSED', 'ACCESS_REFUSED', 'TOO_MANY_REQUESTS'] as const),
      ...(['SETTINGS_REFUSED', 'PARAMETERS_REFUSED'] as const),
    ],
  },
  401: { REJECTED: REFUSED_AT_DOOR },
  404: { DECLINED: ['KEY_UNKNOWN'] },
  429: { REJECTED: REFUSED_AT_DOOR },
};
const saidOf = (status: number, shape: AnswerShape): string =>
  Object.entries(SAID[status] ?? {}).find(([, shapes]) => shapes.includes(shape))?.[0] ?? 'UNKNOWN';

const kindOf = (status: number, body: string): string =>
  classifyCharge(expected, answered(status, body)).kind;

describe('what a charge at PortOne came to', () => {
  it('is at every status from 100 to 599, with every shape of body, what the table says, else UNKNOWN', () => {
    const surprises = STATUSES.flatMap((status) =>
      (Object.entries(BODIES) as [AnswerShape, readonly string[]][]).flatMap(([shape, bodies]) =>
        bodies
          .map((body) => ({ status, shape, body, kind: kindOf(status, body) }))
          .filter(({ kind }) => kind !== saidOf(status, shape)),
      ),
    );
    expect(surprises).toEqual([]);
  });

  it('names no status in the table that the generated ones leave out', () => {
    expect(STATUSES).toEqual(expect.arrayContaining(Object.keys(VERDICTS).map(Number)));
  });

  it('never succeeds without a payment that matches the request in everything', () => {
    for (const status of STATUSES)
      for (const [shape, bodies] of Object.entries(BODIES))
        for (const body of bodies) {
          const outcome = classifyCharge(expected, answered(status, body));
          if (outcome.kind !== 'SUCCEEDED') continue;
          expect([status, shape]).toEqual([200, 'PAID']);
          expect(outcome.captured).toEqual(expected.amount);
        }
  });

  it('is NOT_SENT when nothing left, with the wait we were asked for', () => {
    const outcome = classifyCharge(expected, {
      kind: 'NOT_SENT',
      reason: 'no access token: HTTP 429',
      retryAfterSeconds: 7,
    });
    expect(outcome).toMatchObject({ kind: 'NOT_SENT', retryAfterSeconds: 7 });
  });

  it.each(['UND_ERR_SOCKET', 'ECONNRESET', 'no answer within the deadline'])(
    'is UNKNOWN when no answer came: %s',
    (reason) => {
      const outcome = classifyCharge(expected, { kind: 'NO_ANSWER', reason });
      expect(outcome).toMatchObject({ kind: 'UNKNOWN', reason });
    },
  );

  it('names the payment of an answer it does not believe, so that it can be asked for', () => {
    const outcome = classifyCharge(expected, answered(200, BODIES.FOREIGN[0] ?? ''));
    expect(outcome).toMatchObject({ kind: 'UNKNOWN', providerPaymentId: 'imps_123456789012' });
    expect(outcome.kind === 'UNKNOWN' && outcome.reason).toContain('amount');
  });

  it('keeps the code and the sentence of the PG beside ours', () => {
    expect(classifyCharge(expected, answered(200, BODIES.FAILED[0] ?? ''))).toMatchObject({
      kind: 'DECLINED',
      failureCode: 'INSUFFICIENT_FUNDS',
      providerCode: 'F116',
      providerMessage: '[F116]거래거절 잔액부족',
      providerPaymentId: 'imps_123456789012',
    });
  });

  it('hands on how long a refusal for too many requests asks to wait', () => {
    const outcome = classifyCharge(expected, {
      ...{ kind: 'ANSWERED', status: 429, text: '' },
      headers: { 'retry-after': '30' },
    });
    expect(outcome).toMatchObject({
      kind: 'REJECTED',
      failureCode: 'RATE_LIMITED',
      retryAfterSeconds: 30,
    });
  });

  it('keeps neither the billing key nor anything else that was not named', () => {
    const body = handled(payment({ card_number: '40920230****1234', buyer_name: '김' }));
    const kept = JSON.stringify(classifyCharge(expected, answered(200, body)).answer);
    expect(kept).not.toMatch(/customer-1|4092|김/);
    expect(kept).toContain('imps_123456789012');
  });

  it('reads cents exactly', () => {
    const dollars: ExpectedCharge = { ...expected, amount: { amountMinor: 1029, currency: 'USD' } };
    const outcomeOf = (amount: number) =>
      classifyCharge(dollars, answered(200, handled(payment({ amount, currency: 'USD' })))).kind;
    expect(outcomeOf(10.29)).toBe('SUCCEEDED');
    expect(outcomeOf(10.3)).toBe('UNKNOWN');
    expect(outcomeOf(1029)).toBe('UNKNOWN');
  });

  it('says in its reason what differs, or which status came with what', () => {
    const reasonOf = (status: number, body: string) => {
      const outcome = classifyCharge(expected, answered(status, body));
      return outcome.kind === 'UNKNOWN' ? outcome.reason : outcome.kind;
    };
    const other = { merchant_uid: 'x', customer_uid: 'x', currency: 'USD', amount: 1 };
    for (const [field, name] of [
      ...[['merchant_uid', 'reference'] as const, ['customer_uid', 'key'] as const],
      ['amount', 'amount'] as const,
    ])
      expect(reasonOf(200, handled(payment({ [field]: other[field] })))).toBe(
        `HTTP 200: FOREIGN: the payment differs in ${name}`,
      );
    expect(reasonOf(200, handled(payment(other)))).toBe(
      'HTTP 200: FOREIGN: the payment differs in reference,key,currency,amount',
    );
    // The same number of minor units: only the currency tells.
    const yen = handled(payment({ currency: 'JPY' }));
    expect(reasonOf(200, yen)).toBe('HTTP 200: FOREIGN: the payment differs in currency');
    expect(reasonOf(200, BODIES.CANCELED[0] ?? '')).toBe(
      'HTTP 200: CANCELED: payment is cancelled',
    );
    const invented = handled(payment({ status: 'invented' }));
    expect(reasonOf(200, invented)).toBe('HTTP 200: FOREIGN: payment is invented');
    expect(reasonOf(503, '<html>')).toBe('HTTP 503: UNREADABLE: unreadable answer');
    expect(reasonOf(503, handled(null))).toBe('HTTP 503: EMPTY: handled, but without a payment');
  });

  it.each([
    [400, '무언가 잘못되었습니다.', 'PROVIDER_REJECTED'],
    [400, 'merchant_uid 파라메터가 누락되었습니다.', 'PROVIDER_REJECTED'],
    [200, '요청이 너무 많습니다.', 'RATE_LIMITED'],
    [200, '비인증결제모듈 사용정보를 찾을 수 없습니다.', 'CONFIGURATION'],
    [200, 'Unauthorized', 'CONFIGURATION'],
    [200, '등록되지 않은 구매자입니다.', 'KEY_NOT_FOUND'],
    [401, '무언가 잘못되었습니다.', 'CONFIGURATION'],
    [429, '무언가 잘못되었습니다.', 'RATE_LIMITED'],
    [200, '무언가 잘못되었습니다.', 'UNCLASSIFIED'],
  ])('names the failure of HTTP %i %s: %s', (status, message, failureCode) => {
    const outcome = classifyCharge(expected, answered(status, refusal(message)));
    expect(outcome).toMatchObject({ failureCode, providerMessage: message });
  });
});
