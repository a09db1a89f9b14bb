import type { FailureCode, Money } from '#kernel';
import type { Failure, Outcome } from '#providers/contract';
import { redactMessage, waitOf } from '#platform/http';
import { failureOf } from './failure-codes.js';
import type { PortoneAnswer } from './portone.client.js';
import { refusalKindOf, type RefusalKind } from './refusals.js';
import { keepAnswer, moneyOf, readEnvelope, readPayment, type WirePayment } from './wire.js';

/** What the frozen request asked for: only an answer about exactly this is one to it. */
export interface ExpectedCharge {
  readonly reference: string;
  readonly providerKey: string;
  readonly amount: Money;
}

/** The shape of a body, whatever the HTTP status beside it. */
export type AnswerShape =
  | 'PAID'
  | 'FAILED'
  | 'READY'
  /** Paid once, and taken back since: not ours to judge without asking. */
  | 'CANCELED'
  /** A payment with another reference, key, amount or currency, or in a state we do not know. */
  | 'FOREIGN'
  | 'EMPTY'
  | 'UNREADABLE'
  | RefusalKind;

type Verdict = 'SUCCEEDED' | 'PENDING' | 'DECLINED' | 'REJECTED';
const PAYMENT_FREE: readonly AnswerShape[] = [
  ...(['KEY_UNKNOWN', 'ACCESS_REFUSED', 'TOO_MANY_REQUESTS', 'SETTINGS_REFUSED'] as const),
  ...(['PARAMETERS_REFUSED', 'CARD_REFUSED', 'EMPTY', 'UNREADABLE'] as const),
];
const rejected = Object.fromEntries(PAYMENT_FREE.map((shape) => [shape, 'REJECTED' as const]));

/**
 * HTTP status × shape → what we believe. What does not stand here is UNKNOWN, every 5xx among it:
 * it says that something went wrong, not that nothing happened.
 */
export const VERDICTS: Readonly<Record<number, Readonly<Partial<Record<AnswerShape, Verdict>>>>> = {
  200: {
    PAID: 'SUCCEEDED',
    READY: 'PENDING',
    FAILED: 'DECLINED',
    CARD_REFUSED: 'DECLINED',
    KEY_UNKNOWN: 'DECLINED',
    ACCESS_REFUSED: 'REJECTED',
    TOO_MANY_REQUESTS: 'REJECTED',
    SETTINGS_REFUSED: 'REJECTED',
    PARAMETERS_REFUSED: 'REJECTED',
  },
  // Bad parameters: only in PortOne's own words. A page of some gateway with that status says
  // nothing.
  400: {
    KEY_UNKNOWN: 'DECLINED',
    CARD_REFUSED: 'REJECTED',
    ACCESS_REFUSED: 'REJECTED',
    TOO_MANY_REQUESTS: 'REJECTED',
    SETTINGS_REFUSED: 'REJECTED',
    PARAMETERS_REFUSED: 'REJECTED',
  },
  // Refused at the door, by whoever keeps it; a body that speaks of a payment contradicts that.
  401: rejected,
  404: { KEY_UNKNOWN: 'DECLINED' },
  429: rejected,
};

const CODE_OF_STATUS: Readonly<Record<number, FailureCode>> = {
  401: 'CONFIGURATION',
  429: 'RATE_LIMITED',
};
const CODE_OF_REFUSAL: Readonly<Partial<Record<AnswerShape, FailureCode>>> = {
  KEY_UNKNOWN: 'KEY_NOT_FOUND',
  ACCESS_REFUSED: 'CONFIGURATION',
  SETTINGS_REFUSED: 'CONFIGURATION',
  TOO_MANY_REQUESTS: 'RATE_LIMITED',
};

interface ReadAnswer {
  readonly shape: AnswerShape;
  readonly payment?: WirePayment;
  readonly message: string;
}

const differencesOf = (payment: WirePayment, expected: ExpectedCharge): string[] => {
  const money = moneyOf(payment.amount, payment.currency);
  return [
    ...(payment.merchant_uid === expected.reference ? [] : ['reference']),
    // Older recordings leave the key out; another key is another card.
    ...(!payment.customer_uid || payment.customer_uid === expected.providerKey ? [] : ['key']),
    ...(payment.currency === expected.amount.currency ? [] : ['currency']),
    ...(money?.amountMinor === expected.amount.amountMinor ? [] : ['amount']),
  ];
};

const SHAPE_OF_STATUS: ReadonlyMap<string, AnswerShape> = new Map([
  ['paid', 'PAID'],
  ['failed', 'FAILED'],
  ['ready', 'READY'],
  ['cancelled', 'CANCELED'],
]);

const readAnswer = (text: string, expected: ExpectedCharge): ReadAnswer => {
  const envelope = readEnvelope(text);
  if (envelope.kind === 'UNREADABLE') return { shape: 'UNREADABLE', message: 'unreadable answer' };
  if (envelope.kind === 'REFUSED')
    return { shape: refusalKindOf(envelope.message), message: envelope.message };
  const payment = readPayment(envelope.response);
  if (!payment) return { shape: 'EMPTY', message: 'handled, but without a payment' };
  const differences = differencesOf(payment, expected);
  if (differences.length > 0)
    return { shape: 'FOREIGN', payment, message: `the payment differs in ${differences.join()}` };
  return {
    shape: SHAPE_OF_STATUS.get(payment.status) ?? 'FOREIGN',
    payment,
    message: payment.fail_reason ?? `payment is ${payment.status}`,
  };
};

const failureFor = (status: number, { shape, message }: ReadAnswer, kind: Verdict): Failure => {
  const fixed =
    CODE_OF_STATUS[status] ??
    CODE_OF_REFUSAL[shape] ??
    (kind === 'REJECTED' ? 'PROVIDER_REJECTED' : undefined);
  const failure = failureOf(message);
  return fixed ? { ...failure, failureCode: fixed } : failure;
};

/** What one send of a charge came to: the one place that decides it. */
export const classifyCharge = (expected: ExpectedCharge, answer: PortoneAnswer): Outcome => {
  if (answer.kind === 'NOT_SENT') return answer;
  const kept = { answer: keepAnswer(answer) };
  if (answer.kind === 'NO_ANSWER') return { kind: 'UNKNOWN', reason: answer.reason, ...kept };

  const read = readAnswer(answer.text, expected);
  const verdict = VERDICTS[answer.status]?.[read.shape];
  const providerPaymentId = read.payment?.imp_uid ?? null;
  switch (verdict) {
    case 'SUCCEEDED':
      return read.payment
        ? {
            kind: 'SUCCEEDED',
            providerPaymentId: read.payment.imp_uid,
            providerChargeId: null,
            captured: expected.amount,
            ...kept,
          }
        : { kind: 'UNKNOWN', reason: read.message, ...kept };
    case 'PENDING':
      return { kind: 'PENDING', providerPaymentId, ...kept };
    case 'DECLINED': {
      const failure = failureFor(answer.status, read, verdict);
      return { kind: 'DECLINED', providerPaymentId, ...failure, ...kept };
    }
    case 'REJECTED':
      return {
        kind: 'REJECTED',
        ...failureFor(answer.status, read, verdict),
        ...waitOf(answer),
        ...kept,
      };
    default:
      return {
        kind: 'UNKNOWN',
        reason: redactMessage(`HTTP ${answer.status}: ${read.shape}: ${read.message}`),
        ...(providerPaymentId ? { providerPaymentId } : {}),
        ...kept,
      };
  }
};
