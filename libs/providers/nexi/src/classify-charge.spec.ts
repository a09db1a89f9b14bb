import type { HttpAnswer } from '#platform/http';
import { classifyCharge, VERDICTS, type AnswerShape } from './classify-charge.js';

const ordered = { amountMinor: 9900, currency: 'EUR' };
const PAYMENT = '4cfe36094bc548fa961ab9a93754138b';
const CHARGE = '5cfe36094bc548fa961ab9a93754138c';
const sentence = `Direct charge failed for payment id: ${PAYMENT}. ErrorMessage: Refused by issuer`;
const coded = (code: string | number, source = 'Issuer', message = sentence) =>
  JSON.stringify({ code, message, source });

/** One body of each shape, and more. */
const BODIES: Readonly<Record<AnswerShape, readonly string[]>> = {
  CHARGED: [
    JSON.stringify({ paymentId: PAYMENT, chargeId: CHARGE }),
    JSON.stringify({ paymentId: PAYMENT, chargeId: CHARGE, code: '14', message: 'x' }),
  ],
  PAYMENT_ONLY: [
    JSON.stringify({ paymentId: PAYMENT }),
    JSON.stringify({ paymentId: PAYMENT, chargeId: null }),
  ],
  EARLIER: [coded('1026', 'Internal'), coded('1008', 'internal'), coded(1001, 'internal')],
  CODED: [coded('14'), coded('99', 'Internal'), coded('1029', 'internal'), coded('zz', 'X')],
  ERRORS: [JSON.stringify({ errors: { 'order.amount': ['must be greater than 0'] } })],
  OTHER_JSON: ['{}', '[]', JSON.stringify({ title: 'Bad Request', status: 400 })],
  EMPTY: ['', '  ', 'null'],
  UNREADABLE: [
    '<html><body>502 Bad Gateway</body></html>',
    JSON.stringify({ paymentId: PAYMENT, chargeId: CHARGE }).slice(0, -3),
    'true',
    '"ok"',
    '7',
  ],
};

const STATUSES = Array.from({ length: 500 }, (_, index) => 100 + index);
const answered = (status: number, text: string): HttpAnswer => ({
  kind: 'ANSWERED',
  status,
  headers: {},
  text,
});

/** Written down a second time, by hand: what is not here must be UNKNOWN. */
const SAID: Readonly<Record<number, readonly [string, readonly AnswerShape[]]>> = {
  200: ['SUCCEEDED', ['CHARGED']],
  400: ['REJECTED', ['CODED', 'ERRORS', 'OTHER_JSON', 'EMPTY']],
  401: ['REJECTED', ['CODED', 'ERRORS', 'OTHER_JSON', 'EMPTY', 'UNREADABLE']],
  402: ['DECLINED', ['CODED', 'ERRORS', 'OTHER_JSON', 'EMPTY']],
  404: ['DECLINED', ['CODED', 'ERRORS', 'OTHER_JSON', 'EMPTY']],
  429: ['REJECTED', ['CODED', 'ERRORS', 'OTHER_JSON', 'EMPTY', 'UNREADABLE']],
};
const saidOf = (status: number, shape: AnswerShape): string => {
  const [kind, shapes] = SAID[status] ?? ['UNKNOWN', []];
  return shapes.includes(shape) ? kind : 'UNKNOWN';
};

const kindOf = (status: number, body: string): string =>
  classifyCharge(ordered, answered(status, body)).kind;

describe('what a charge at Nexi came to', () => {
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

  it('is NOT_SENT when nothing left, UNKNOWN when no answer came', () => {
    const notSent = classifyCharge(ordered, { kind: 'NOT_SENT', reason: 'ECONNREFUSED' });
    expect(notSent.kind).toBe('NOT_SENT');
    const noAnswer = classifyCharge(ordered, { kind: 'NO_ANSWER', reason: 'UND_ERR_SOCKET' });
    expect(noAnswer).toMatchObject({ kind: 'UNKNOWN', reason: 'UND_ERR_SOCKET' });
  });

  it('captured what was ordered, under the bare ids', () => {
    const body = JSON.stringify({
      paymentId: '4CFE3609-4bc5-48fa-961a-b9a93754138b',
      chargeId: CHARGE,
    });
    expect(classifyCharge(ordered, answered(200, body))).toMatchObject({
      kind: 'SUCCEEDED',
      providerPaymentId: PAYMENT,
      providerChargeId: CHARGE,
      captured: ordered,
    });
  });

  it('takes the payment of a decline from its sentence', () => {
    expect(classifyCharge(ordered, answered(402, coded('51')))).toMatchObject({
      kind: 'DECLINED',
      failureCode: 'INSUFFICIENT_FUNDS',
      providerCode: '51',
      providerPaymentId: PAYMENT,
    });
  });

  it('says that one is in flight when the key is', () => {
    const outcome = classifyCharge(ordered, answered(409, ''));
    expect(outcome).toMatchObject({ kind: 'UNKNOWN' });
    expect(outcome.kind === 'UNKNOWN' && outcome.reason).toContain('in flight');
  });

  it('never takes "tried with a different amount" for a decline: the first may be paid', () => {
    expect(classifyCharge(ordered, answered(402, coded('1026', 'Internal')))).toMatchObject({
      kind: 'UNKNOWN',
      providerPaymentId: PAYMENT,
    });
  });

  it('does not read an internal code as an issuer’s', () => {
    expect(classifyCharge(ordered, answered(402, coded('14', 'Internal')))).toMatchObject({
      failureCode: 'UNCLASSIFIED',
    });
    expect(classifyCharge(ordered, answered(402, coded('14')))).toMatchObject({
      failureCode: 'INVALID_CARD',
    });
  });

  it('tells which property was refused', () => {
    expect(classifyCharge(ordered, answered(400, BODIES.ERRORS[0] ?? ''))).toMatchObject({
      failureCode: 'PROVIDER_REJECTED',
      providerMessage: 'order.amount: must be greater than 0',
    });
  });

  it('says in its reason which status came with what', () => {
    const reasonOf = (status: number, body: string) => {
      const outcome = classifyCharge(ordered, answered(status, body));
      return outcome.kind === 'UNKNOWN' ? outcome.reason : outcome.kind;
    };
    expect(reasonOf(503, BODIES.UNREADABLE[0] ?? '')).toBe('HTTP 503: UNREADABLE: ');
    expect(reasonOf(200, BODIES.PAYMENT_ONLY[0] ?? '')).toBe('HTTP 200: PAYMENT_ONLY: ');
    expect(reasonOf(500, coded('7', 'X', 'try later'))).toBe('HTTP 500: CODED: try later');
    expect(reasonOf(402, coded('1026', 'Internal', 'x'))).toBe('HTTP 402: EARLIER: x');
    expect(reasonOf(500, BODIES.ERRORS[0] ?? '')).toBe('HTTP 500: ERRORS: ');
    expect(reasonOf(500, '{}')).toBe('HTTP 500: OTHER_JSON: ');
  });
});
