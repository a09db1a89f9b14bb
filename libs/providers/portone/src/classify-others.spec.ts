import fc from 'fast-check';

import type { HttpAnswer } from '#platform/http';
import { classifyCharge } from './classify-charge.js';
import { classifyRefund } from './refunds.js';
import { classifySchedule } from './schedules.js';

const expected = {
  ...{ reference: 'a1b2c3d4e5f6a7b8c9d0', providerKey: 'customer-1' },
  amount: { amountMinor: 9_900, currency: 'KRW' },
};
const expectedRefund = {
  ...{ providerPaymentId: 'imps_123456789012', amountMajor: 3_000, balanceBeforeMajor: 9_900 },
};
const expectedSchedule = { ...expected, dueAtSeconds: 1_800_000_000 };

const payment = (fields: object = {}) => ({
  ...{ imp_uid: 'imps_123456789012', merchant_uid: expected.reference, amount: 9_900 },
  ...{ customer_uid: expected.providerKey, cancel_amount: 0, currency: 'KRW', status: 'paid' },
  ...fields,
});
const scheduled = (fields: object = {}) => ({
  ...{ customer_uid: expected.providerKey, merchant_uid: expected.reference, amount: 9_900 },
  ...{ schedule_at: 1_800_000_000, currency: 'KRW', schedule_status: 'scheduled' },
  ...fields,
});
const handled = (response: unknown) => JSON.stringify({ code: 0, message: null, response });
const refused = (message: string | null) => JSON.stringify({ code: 1, message, response: null });

const STATUSES = Array.from({ length: 500 }, (_, index) => 100 + index);
const answered = (status: number, text: string, headers = {}): HttpAnswer => ({
  ...{ kind: 'ANSWERED', status, headers, text },
});

const NOBODYS = [
  ...['', 'null', 'true', '7', '[]', '{}', '"ok"', '<html><body>502</body></html>'],
  ...['{"code":"0","response":{}}', '{"success":true}', '{"__proto__":{"code":0}}'],
  `{"nested": ${'['.repeat(500)}${']'.repeat(500)}}`,
  JSON.stringify({ huge: 'x'.repeat(20_000) }),
];
const EMPTY = [handled(null), handled([]), handled({}), handled('paid'), handled([payment()])];
const NO = [
  refused('무언가 잘못되었습니다.'),
  refused(null),
  refused('[F113]거래거절 카드번호틀림'),
];
const DOUBT = [
  refused('이미 주문이 이루어진 건입니다.'),
  ...[refused('결제 처리중입니다.'), refused('Request timed out')],
];

type Table = Readonly<Record<number, string>>;
/** Written down by hand: which kind each status makes of each sort of body. What does not stand here is UNKNOWN. */
const CASES: readonly {
  readonly what: string;
  readonly classify: (answer: HttpAnswer) => { readonly kind: string; readonly answer?: unknown };
  readonly nobodys: Table;
  readonly empty: Table;
  readonly no: Table;
  /** At these no body counts, not even one that speaks of doubt. */
  readonly doubt: Table;
  readonly good: { readonly text: string; readonly kind: string; readonly at: readonly number[] };
  readonly goodElsewhere: Table;
  readonly others: readonly string[];
}[] = [
  {
    what: 'charge',
    classify: (answer) => classifyCharge(expected, answer),
    nobodys: { 401: 'REJECTED', 429: 'REJECTED' },
    empty: { 401: 'REJECTED', 429: 'REJECTED' },
    no: { 200: 'DECLINED', 400: 'REJECTED', 401: 'REJECTED', 429: 'REJECTED' },
    doubt: {},
    good: { text: handled(payment()), kind: 'SUCCEEDED', at: [200] },
    goodElsewhere: {},
    others: [
      handled(payment({ amount: 9_901 })),
      handled(payment({ amount: 99 })),
      handled(payment({ currency: 'USD' })),
      handled(payment({ merchant_uid: 'another' })),
      handled(payment({ customer_uid: 'another' })),
      handled(payment({ status: 'cancelled' })),
      handled(payment({ status: 'newly_invented' })),
    ],
  },
  {
    what: 'refund',
    classify: (answer) => classifyRefund(expectedRefund, answer),
    nobodys: { 401: 'FAILED', 429: 'NOT_SENT' },
    empty: { 401: 'FAILED', 429: 'NOT_SENT' },
    no: { 200: 'FAILED', 400: 'FAILED', 404: 'FAILED', 401: 'FAILED', 429: 'NOT_SENT' },
    doubt: { 401: 'FAILED', 429: 'NOT_SENT' },
    good: {
      text: handled(payment({ cancel_amount: 3_000, status: 'cancelled' })),
      ...{ kind: 'SUCCEEDED', at: [200, 207] },
    },
    goodElsewhere: { 401: 'FAILED', 429: 'NOT_SENT' },
    others: [
      handled(payment({ cancel_amount: 2_999 })),
      handled(payment({ cancel_amount: 9_900 })),
      handled(payment({ imp_uid: 'imps_another', cancel_amount: 3_000 })),
      handled(payment({ currency: '???', cancel_amount: 3_000 })),
    ],
  },
  {
    what: 'schedule',
    classify: (answer) => classifySchedule(expectedSchedule, answer),
    nobodys: { 401: 'REJECTED', 429: 'REJECTED' },
    empty: { 401: 'REJECTED', 429: 'REJECTED' },
    no: { 200: 'REJECTED', 400: 'REJECTED', 404: 'REJECTED', 401: 'REJECTED', 429: 'REJECTED' },
    doubt: { 401: 'REJECTED', 429: 'REJECTED' },
    good: { text: handled([scheduled()]), kind: 'REGISTERED', at: [200, 207] },
    goodElsewhere: { 401: 'REJECTED', 429: 'REJECTED' },
    others: [
      handled([scheduled({ amount: 9_901 })]),
      handled([scheduled({ currency: 'USD' })]),
      handled([scheduled({ customer_uid: 'another' })]),
      handled([scheduled({ merchant_uid: 'another' })]),
      handled([scheduled({ schedule_at: 1_800_000_001 })]),
    ],
  },
];

describe.each(CASES)('one send of a $what', (of) => {
  const { classify, good } = of;
  const kindOf = (status: number, text: string) => classify(answered(status, text)).kind;

  /** What differs from what is expected, at any status; one assertion, since there are ten thousands of cases. */
  const surprises = (texts: readonly string[], expectedAt: (status: number) => string) =>
    STATUSES.flatMap((status) =>
      texts
        .map((text) => ({ status, text, kind: kindOf(status, text) }))
        .filter(({ kind }) => kind !== expectedAt(status)),
    );

  it('is at every status from 100 to 599 what the table says of what was said', () => {
    const sorts = [
      [NOBODYS, of.nobodys],
      [EMPTY, of.empty],
      [NO, of.no],
      [DOUBT, of.doubt],
    ] as const;
    for (const [texts, table] of sorts)
      expect(surprises(texts, (status) => table[status] ?? 'UNKNOWN')).toEqual([]);
  });

  it('succeeds by a whole answer that fits in everything, and by nothing else', () => {
    const expectedAt = (status: number) =>
      good.at.includes(status) ? good.kind : (of.goodElsewhere[status] ?? 'UNKNOWN');
    expect(surprises([good.text], expectedAt)).toEqual([]);
    for (const text of of.others) expect([text, kindOf(200, text)]).toEqual([text, 'UNKNOWN']);
  });

  it('is UNKNOWN when a good answer breaks off, at whatever byte', () => {
    for (let length = 0; length < good.text.length; length += 1)
      expect([length, kindOf(200, good.text.slice(0, length))]).toEqual([length, 'UNKNOWN']);
  });

  it('is never believed of any JSON that is not the documented one', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATUSES), fc.json({ maxDepth: 4 }), (status, text) => {
        const kinds = [kindOf(status, text), kindOf(status, `{"code":0,"response":${text}}`)];
        for (const kind of kinds)
          expect(['SUCCEEDED', 'PENDING', 'REGISTERED', 'DECLINED']).not.toContain(kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is as unsent, or as unknown, as the line says', () => {
    const notSent: HttpAnswer = { kind: 'NOT_SENT', reason: 'ECONNREFUSED' };
    expect(classify(notSent)).toEqual(notSent);
    expect(classify({ kind: 'NO_ANSWER', reason: 'ECONNRESET' })).toEqual({
      ...{ kind: 'UNKNOWN', reason: 'ECONNRESET' },
      answer: { status: null, body: { reason: 'ECONNRESET' } },
    });
  });

  it('keeps what was said, and hands on how long to wait', () => {
    const outcome = classify(answered(429, refused('x'), { 'retry-after': '30' }));
    expect(outcome).toMatchObject({ retryAfterSeconds: 30, answer: { status: 429 } });
    for (const text of [good.text, ...of.others, ...NO, ...DOUBT])
      expect(classify(answered(200, text)).answer).toMatchObject({ status: 200 });
  });
});

it('takes a refund that the channel only took in for pending', () => {
  expect(classifyRefund(expectedRefund, answered(200, handled(payment())))).toMatchObject({
    ...{ kind: 'PENDING', providerRefundId: null },
  });
});
