import fc from 'fast-check';

import type { HttpAnswer } from '#platform/http';
import { classifyBulk } from './bulk.js';
import { classifyCharge } from './classify-charge.js';
import { classifyRefund } from './refunds.js';

const PAYMENT = '4cfe36094bc548fa961ab9a93754138b';
const ID = '5cfe36094bc548fa961ab9a93754138c';
const ordered = { amountMinor: 9900, currency: 'EUR' };
const STATUSES = Array.from({ length: 500 }, (_, index) => 100 + index);
const answered = (status: number, text: string, headers = {}): HttpAnswer => ({
  ...{ kind: 'ANSWERED', status, headers, text },
});

/** What the provider itself can have said of a refusal, what speaks of something earlier, and what is nobody's word. */
const SAID = [
  ...['', '  ', 'null', '{}', '[]', '[1, [2, {"a": 3}]]', '{"title":"Bad Request"}'],
  JSON.stringify({ code: '14', message: 'no', source: 'Issuer' }),
  JSON.stringify({ errors: { 'order.amount': ['must be greater than 0'] } }),
  '{"__proto__": {"paymentId": "x", "bulkId": "x", "refundId": "x"}}',
  `{"nested": ${'['.repeat(500)}${']'.repeat(500)}}`,
  JSON.stringify({ huge: 'x'.repeat(20_000) }),
];
const EARLIER = [JSON.stringify({ code: '1026', message: 'earlier', source: 'Internal' })];
const PAGES = ['<html><body>502 Bad Gateway</body></html>', 'true', '7', '"ok"', '{"paymentId":"x'];
const NAMES_A_PAYMENT = [JSON.stringify({ paymentId: PAYMENT })];

interface Expected {
  readonly said: string;
  readonly page: string;
}
/** Written down by hand from the wire reference; a status that does not stand here is UNKNOWN, whatever comes with it. */
const CHARGE: Readonly<Record<number, Expected>> = {
  400: { said: 'REJECTED', page: 'UNKNOWN' },
  401: { said: 'REJECTED', page: 'REJECTED' },
  402: { said: 'DECLINED', page: 'UNKNOWN' },
  404: { said: 'DECLINED', page: 'UNKNOWN' },
  429: { said: 'REJECTED', page: 'REJECTED' },
};
const BULK: Readonly<Record<number, Expected>> = {
  400: { said: 'REJECTED', page: 'UNKNOWN' },
  401: { said: 'REJECTED', page: 'REJECTED' },
  404: { said: 'REJECTED', page: 'UNKNOWN' },
  429: { said: 'REJECTED', page: 'REJECTED' },
};
const REFUND: Readonly<Record<number, Expected>> = {
  400: { said: 'FAILED', page: 'UNKNOWN' },
  402: { said: 'FAILED', page: 'UNKNOWN' },
  404: { said: 'FAILED', page: 'UNKNOWN' },
  405: { said: 'FAILED', page: 'UNKNOWN' },
};

const CASES = [
  {
    what: 'charge',
    classify: (answer: HttpAnswer) => classifyCharge(ordered, answer),
    table: CHARGE,
    /** Refused at the door before anybody read the request: the body says nothing about that. */
    door: {},
    good: { status: 200, kind: 'SUCCEEDED', body: { paymentId: PAYMENT, chargeId: ID } },
  },
  {
    what: 'bulk operation',
    classify: classifyBulk,
    table: BULK,
    door: {},
    good: { status: 202, kind: 'ACCEPTED', body: { bulkId: ID } },
  },
  {
    what: 'refund',
    classify: classifyRefund,
    table: REFUND,
    door: { 401: 'FAILED', 429: 'NOT_SENT' } as Readonly<Record<number, string>>,
    good: { status: 201, kind: 'PENDING', body: { refundId: ID } },
  },
] as const;

describe.each(CASES)('one send of a $what', ({ classify, table, door, good }) => {
  const kindOf = (status: number, text: string) => classify(answered(status, text)).kind;
  const expectedOf = (status: number, by: keyof Expected) =>
    (door as Readonly<Record<number, string>>)[status] ??
    (table as Readonly<Record<number, Expected>>)[status]?.[by] ??
    'UNKNOWN';

  /** What differs from what is expected, at any status; one assertion, since there are ten thousands of cases. */
  const surprises = (texts: readonly string[], expected: (status: number) => string) =>
    STATUSES.flatMap((status) =>
      texts
        .map((text) => ({ status, text, kind: kindOf(status, text) }))
        .filter(({ kind }) => kind !== expected(status)),
    );

  it('is at every status from 100 to 599 what the table says of what was said', () => {
    expect(surprises(SAID, (status) => expectedOf(status, 'said'))).toEqual([]);
    expect(surprises(PAGES, (status) => expectedOf(status, 'page'))).toEqual([]);
  });

  it('is never refused by an answer that speaks of something earlier, or names a payment', () => {
    const atDoor = (status: number) => (door as Readonly<Record<number, string>>)[status];
    const texts = [...EARLIER, ...NAMES_A_PAYMENT];
    expect(surprises(texts, (status) => atDoor(status) ?? 'UNKNOWN')).toEqual([]);
  });

  it('succeeds by a whole answer under the one right status, and by nothing else', () => {
    const expected = (status: number) => (status === good.status ? good.kind : 'UNKNOWN');
    expect(surprises([JSON.stringify(good.body)], expected)).toEqual([]);
  });

  it('is UNKNOWN when a good answer breaks off, at whatever byte', () => {
    const text = JSON.stringify(good.body);
    for (let length = 0; length < text.length; length += 1)
      expect([length, kindOf(good.status, text.slice(0, length))]).toEqual([length, 'UNKNOWN']);
  });

  it('is never believed of any JSON that is not the documented one', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATUSES), fc.json({ maxDepth: 4 }), (status, text) => {
        expect(['SUCCEEDED', 'ACCEPTED', 'PENDING']).not.toContain(kindOf(status, text));
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
    const outcome = classify(answered(429, '{"code":"7"}', { 'retry-after': '30' }));
    expect(outcome).toMatchObject({
      ...{ retryAfterSeconds: 30, answer: { status: 429, body: { code: '7' } } },
    });
    expect(classify(answered(503, '{"code":"7"}')).answer).toMatchObject({ status: 503 });
    expect(classify(answered(good.status, JSON.stringify(good.body))).answer).toMatchObject({
      status: good.status,
    });
  });
});

describe('a bulk operation that is refused', () => {
  const indexesOf = (status: number, ...paths: string[]) => {
    const errors = Object.fromEntries(paths.map((path) => [path, ['no']]));
    const outcome = classifyBulk(answered(status, JSON.stringify({ errors })));
    return outcome.kind === 'REJECTED' ? outcome.itemIndexes : undefined;
  };

  it('names the items whose paths the errors name, each once', () => {
    const item = (index: number, rest = '') => `unscheduledSubscriptions[${index}]${rest}`;
    expect(indexesOf(400, item(3, '.order.amount'), item(3, '.order'), item(12))).toEqual([3, 12]);
    expect(indexesOf(400, 'order.amount', `x.${item(1)}`)).toEqual([]);
    expect(indexesOf(404, item(3))).toEqual([]);
  });
});
