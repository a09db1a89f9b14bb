import type { FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import type { Strike } from '../core/index.js';
import { chargeAgreement, messageOf, resultOf, type ChargeResult } from './charging.js';
import { relatedId } from './ids.js';
import type { AgreementRow, OrderRow, PaymentRow, WebHook } from './model.js';
import { readNotifications } from './notifications.request.js';
import { readMyReference, readOrder } from './order.request.js';
import { rootReader } from './payment.request.js';
import { conflict, declineRefusal, internalRefusal, invalid } from './refusal.js';
import type { Nexi } from './state.js';

interface SingleCharge {
  readonly order: OrderRow;
  readonly hooks: readonly WebHook[];
  readonly myReference?: string;
}

export type ReplayMode = 'enforced' | 'error' | 'none' | 'paid-only' | 'racy';

/** The switch, unless a fault says otherwise for this request. */
export const replayModeOf = ({ core }: Nexi, request: FastifyRequest): ReplayMode => {
  const rule = request.strike?.rule;
  if (rule?.fate === 'duplicate-guard') {
    if (rule.options.mode === 'strict') return 'error';
    return (rule.options.mode ?? 'none') as ReplayMode;
  }
  return core.switches.get('nexiReplay') as ReplayMode;
};

/** A fault drawn for this charge: declined now, paid so many seconds later. */
export const paidLateSecondsOf = (strike: Strike | undefined): number | undefined =>
  strike?.rule.fate === 'failed-then-paid'
    ? (strike.rule.options.seconds ?? LATE_SECONDS)
    : undefined;

/** Late enough that whoever believes the decline has acted on it. */
const LATE_SECONDS = 60;

const readSingleCharge = (body: unknown): SingleCharge => {
  const root = rootReader(body);
  const order = readOrder(root, false);
  const hooks = readNotifications(root);
  const myReference = readMyReference(root);
  root.problems.throwIfAny();
  if (!order) throw invalid('order', 'The field is required.');
  return { order, hooks, ...(myReference === undefined ? {} : { myReference }) };
};

/** One short name per key and what it was sent to: a million of them are kept. */
export const idempotencyId = (target: string, key: string): string =>
  createHash('sha256').update(`${target}/${key}`).digest('base64url').slice(0, 22);

const answerOf = (result: ChargeResult): { paymentId: string; chargeId: string } => {
  const { payment } = result;
  if (result.kind === 'DECLINED')
    throw declineRefusal(result.decline, messageOf(payment, result.decline));
  return { paymentId: payment.id, chargeId: relatedId(payment.id, 'charge', 0) };
};

/** Long enough for a second request to look for the first before it is there. */
export const RACE_MS = 50;

/** Whether this request is one of several that overtake the guard: none of them finds another. */
export const isInRace = (
  { state }: Nexi,
  of: { target: string; key: string | undefined; mode: ReplayMode },
): boolean =>
  of.mode === 'racy' &&
  of.key !== undefined &&
  !state.idempotency.get(idempotencyId(of.target, of.key));

/** The payment an earlier request under this key made, when that counts. */
const findEarlier = (
  nexi: Nexi,
  of: { id: string | undefined; mode: ReplayMode },
): PaymentRow | undefined => {
  if (of.id === undefined || of.mode === 'none') return undefined;
  const made = nexi.state.idempotency.get(of.id)?.made;
  const earlier = made === undefined ? undefined : nexi.state.payments.get(made);
  return of.mode === 'paid-only' && earlier?.decline !== undefined ? undefined : earlier;
};

/** `POST …/{id}/charges`: the first result again under a known key, a decline too. */
export const chargeOnce = (
  nexi: Nexi,
  agreement: AgreementRow,
  request: {
    body: unknown;
    key: string | undefined;
    mode: ReplayMode;
    paidLateSeconds?: number;
  },
): { paymentId: string; chargeId: string } => {
  const { order, hooks, myReference } = readSingleCharge(request.body);
  const id = request.key === undefined ? undefined : idempotencyId(agreement.id, request.key);
  const earlier = findEarlier(nexi, { id, mode: request.mode });
  if (earlier && request.mode === 'error') throw conflict('This Idempotency-Key was used before.');
  if (earlier && earlier.order.amount !== order.amount)
    throw internalRefusal(
      402,
      'ChargeTriedWithDifferentAmount',
      `Charge tried with a different amount: ${earlier.order.amount}, now ${order.amount}.`,
    );
  if (earlier) return answerOf(resultOf(earlier));
  const hookSet = nexi.state.keepHooks(hooks);
  const result = chargeAgreement(nexi, {
    agreement,
    order,
    ...(myReference === undefined ? {} : { myReference }),
    ...(hookSet === undefined ? {} : { hooks: hookSet }),
    ...(request.paidLateSeconds === undefined ? {} : { paidLateSeconds: request.paidLateSeconds }),
  });
  if (id !== undefined) nexi.state.idempotency.put({ id, made: result.payment.id });
  return answerOf(result);
};
