import type { ProviderAnswer } from '#providers/contract';
import { redactMessage, retryAfterSecondsOf } from '#platform/http';
import type { PortoneAnswer } from './portone.client.js';
import { keepAnswer, readEnvelope } from './wire.js';

/** An answer to a question, sorted by whether it is one. */
export type Handled =
  | { readonly kind: 'HANDLED'; readonly response: unknown }
  | {
      readonly kind: 'REFUSED';
      readonly status: number;
      readonly message: string;
      readonly answer: ProviderAnswer;
    }
  | {
      readonly kind: 'UNAVAILABLE';
      readonly reason: string;
      readonly retryAfterSeconds?: number;
    };

const unavailable = (reason: string, retryAfterSeconds?: number) => ({
  kind: 'UNAVAILABLE' as const,
  reason,
  ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
});

/**
 * `{ code: 0 }` under 200, or under 207: some were found (trap 8). A refusal is one only in
 * PortOne's envelope: a gateway's own 404 page must never read as "there is no such payment".
 */
export const readHandled = (answer: PortoneAnswer): Handled => {
  if (answer.kind === 'NOT_SENT') return unavailable(answer.reason, answer.retryAfterSeconds);
  if (answer.kind === 'NO_ANSWER') return unavailable(answer.reason);
  const { status, headers, text } = answer;
  const envelope = readEnvelope(text);
  if (envelope.kind === 'HANDLED' && (status === 200 || status === 207)) return envelope;
  if (envelope.kind === 'REFUSED' && (status === 200 || status === 400 || status === 404))
    return { kind: 'REFUSED', status, message: envelope.message, answer: keepAnswer(answer) };
  return unavailable(`HTTP ${status}`, retryAfterSecondsOf(headers));
};

/** The sentences that say "there is no such thing" under HTTP 200 (wire reference §2.2, §9). */
const ABSENT: Readonly<Record<'PAYMENT' | 'KEY' | 'SCHEDULE', RegExp>> = {
  PAYMENT: /존재하지\s*않는\s*결제|결제.{0,12}(없|존재하지)/,
  KEY: /customer_uid.*(찾을\s*수\s*없|없습니다)|등록되지\s*않은\s*구매자|등록된\s*(고객\s*)?정보.{0,4}(가|를)?\s*(없|찾을)/,
  SCHEDULE: /예약.{0,16}(존재하지|없|찾을\s*수\s*없)/,
};

/** Whether a refusal says "there is no such thing": by the status 404, or by its words. */
export const isAbsence = (
  refusal: Handled & { readonly kind: 'REFUSED' },
  thing: keyof typeof ABSENT,
): boolean => refusal.status === 404 || ABSENT[thing].test(refusal.message);

/** What a reading answers when it did not get what it asked for. */
export const keepUnread = (
  handled: Exclude<Handled, { kind: 'HANDLED' }>,
  thing: keyof typeof ABSENT,
) => {
  if (handled.kind === 'UNAVAILABLE') return handled;
  return isAbsence(handled, thing)
    ? { kind: 'ABSENT' as const, answer: handled.answer }
    : unavailable(redactMessage(`HTTP ${handled.status}: ${handled.message}`));
};
