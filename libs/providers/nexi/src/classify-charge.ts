import type { FailureCode, Money } from '#kernel';
import { redactMessage, waitOf, type HttpAnswer } from '#platform/http';
import type { Failure, Outcome } from '#providers/contract';
import { failureOf, paymentIdIn, speaksOfEarlier } from './failure-codes.js';
import {
  bareId,
  bodyKindOf,
  keepAnswer,
  readChargedBody,
  readCodedBody,
  readErrors,
} from './wire.js';

/** The shape of a body, whatever the HTTP status beside it. */
export type AnswerShape =
  | 'CHARGED'
  /** A payment, but no charge of it. */
  | 'PAYMENT_ONLY'
  /** `{ code, message, source }` that speaks of something earlier. */
  | 'EARLIER'
  | 'CODED'
  | 'ERRORS'
  | 'OTHER_JSON'
  | 'EMPTY'
  | 'UNREADABLE';

type Verdict = 'SUCCEEDED' | 'DECLINED' | 'REJECTED';
type Row = Readonly<Partial<Record<AnswerShape, Verdict>>>;
const rowOf = (verdict: Verdict, shapes: readonly AnswerShape[]): Row =>
  Object.fromEntries(shapes.map((shape) => [shape, verdict]));

const SAID_BY_PROVIDER: readonly AnswerShape[] = ['CODED', 'ERRORS', 'OTHER_JSON', 'EMPTY'];

/**
 * HTTP status × shape → what we believe. What does not stand here is UNKNOWN: every 5xx, and 409,
 * which is "one under this key is in flight". 402 and 404 have no documented body, so an empty one
 * is the provider's word; a page of some proxy is not.
 */
export const VERDICTS: Readonly<Record<number, Row>> = {
  200: rowOf('SUCCEEDED', ['CHARGED']),
  400: rowOf('REJECTED', SAID_BY_PROVIDER),
  401: rowOf('REJECTED', [...SAID_BY_PROVIDER, 'UNREADABLE']),
  402: rowOf('DECLINED', SAID_BY_PROVIDER),
  404: rowOf('DECLINED', SAID_BY_PROVIDER),
  429: rowOf('REJECTED', [...SAID_BY_PROVIDER, 'UNREADABLE']),
};

/** 402 alone leaves the reason to the body. */
const CODE_OF_STATUS: Readonly<Record<number, FailureCode>> = {
  400: 'PROVIDER_REJECTED',
  401: 'CONFIGURATION',
  404: 'KEY_NOT_FOUND',
  429: 'RATE_LIMITED',
};

/**
 * Which shape a body has. One that names a payment is never a refusal, whatever else stands in it.
 */
export const shapeOf = (body: string): AnswerShape => {
  const kind = bodyKindOf(body);
  if (kind !== 'JSON') return kind;
  const charged = readChargedBody(body);
  if (charged) return charged.chargeId ? 'CHARGED' : 'PAYMENT_ONLY';
  const coded = readCodedBody(body);
  if (coded) return speaksOfEarlier(coded.code) ? 'EARLIER' : 'CODED';
  return readErrors(body).length > 0 ? 'ERRORS' : 'OTHER_JSON';
};

/** Why a call was refused, as far as the body says. */
export const refusalOf = (status: number, body: string): Failure => {
  const [firstError] = readErrors(body);
  const said =
    readCodedBody(body) ?? (firstError ? { message: `${firstError[0]}: ${firstError[1]}` } : {});
  const failure = failureOf(said);
  return { ...failure, failureCode: CODE_OF_STATUS[status] ?? failure.failureCode };
};

/**
 * What one send of a single charge came to: the one place that decides it. The answer names no
 * amount; what was captured is what was ordered (§5.3), and reading the payment proves it.
 */
export const classifyCharge = (ordered: Money, answer: HttpAnswer): Outcome => {
  if (answer.kind === 'NOT_SENT') return answer;
  const kept = { answer: keepAnswer(answer) };
  if (answer.kind === 'NO_ANSWER') return { kind: 'UNKNOWN', reason: answer.reason, ...kept };

  const { status, text } = answer;
  const shape = shapeOf(text);
  const charged = readChargedBody(text);
  switch (VERDICTS[status]?.[shape]) {
    case 'SUCCEEDED':
      if (!charged?.chargeId) break;
      return {
        kind: 'SUCCEEDED',
        providerPaymentId: bareId(charged.paymentId),
        providerChargeId: bareId(charged.chargeId),
        captured: ordered,
        ...kept,
      };
    case 'DECLINED': {
      const providerPaymentId = paymentIdIn(readCodedBody(text)?.message);
      return { kind: 'DECLINED', providerPaymentId, ...refusalOf(status, text), ...kept };
    }
    case 'REJECTED':
      return { kind: 'REJECTED', ...refusalOf(status, text), ...waitOf(answer), ...kept };
    default:
  }
  const named = charged?.paymentId ?? paymentIdIn(readCodedBody(text)?.message);
  const message = readCodedBody(text)?.message ?? '';
  return {
    kind: 'UNKNOWN',
    reason: redactMessage(
      status === 409
        ? 'HTTP 409: a request under this key is in flight'
        : `HTTP ${status}: ${shape}: ${message}`,
    ),
    ...(named ? { providerPaymentId: bareId(named) } : {}),
    ...kept,
  };
};
