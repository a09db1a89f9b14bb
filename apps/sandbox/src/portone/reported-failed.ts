import type { FastifyRequest } from 'fastify';
import { bodyOf, CONTENT_TYPE, failed, MESSAGES, type Answer } from './answer.js';
import { declineOf, pgText } from './declines.js';

/** What was done is told as failed: as a failed payment or as a refusal, by the draw. */
export const reportedFailed = (
  request: FastifyRequest,
  payload: string,
): { status: number; contentType: string; body: string } | undefined => {
  const answer = JSON.parse(payload) as Omit<Answer, 'status'>;
  if (answer.code !== 0 || request.method === 'GET') return undefined;
  const text = pgText(declineOf('DO_NOT_HONOR'));
  const response = answer.response as Record<string, unknown> | null;
  const isPayment = response?.['status'] === 'paid';
  if (isPayment && (request.strike?.luck ?? 0) < 0.5) {
    const told = { ...response, status: 'failed', fail_reason: text, paid_at: 0 };
    const body = bodyOf({ status: 200, code: 0, message: null, response: told });
    return { status: 200, contentType: CONTENT_TYPE, body };
  }
  const body = bodyOf(failed(`${MESSAGES.chargeRefused} ${text}`, { code: -1 }));
  return { status: 200, contentType: CONTENT_TYPE, body };
};
