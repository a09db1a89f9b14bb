import type { ChargeState } from '#charges';
import { after, type MachineInstant } from '#platform/clock';

import {
  afterAsking,
  nextLook,
  type Decision,
  type Subject,
  type WebhookEvent,
} from './webhook-event.js';
import type { EventChange } from './webhook-events.repository.js';

export interface Decided {
  readonly event: WebhookEvent;
  readonly subject: Subject | undefined;
  readonly decision: Decision;
}

export const subjectIdOf = (subject: Subject | undefined): string | undefined =>
  subject?.kind === 'CHARGE' ? subject.chargeId : subject?.registrationId;

/** What a decision alone makes of an event. One that is asked about is leased meanwhile: whoever dies leaves it to the next, and two who ask
 * at once only read twice. */
export const decidedChange = (
  { event, subject, decision }: Decided,
  now: MachineInstant,
  leaseSeconds: number,
): EventChange => {
  const told = {
    id: event.id,
    tries: event.tries,
    note: 'note' in decision ? decision.note : null,
    chargeId: subject?.kind === 'CHARGE' ? subject.chargeId : null,
    nextApplyAt: null,
  };
  switch (decision.kind) {
    case 'END':
      return { ...told, status: decision.status };
    case 'POLL_OPERATION':
      return decision.isAwaited
        ? again(event, told, { now, note: decision.note })
        : { ...told, status: 'APPLIED' };
    case 'LOOK_FOR_REFUND':
    case 'ASK_CHARGE':
    case 'ASK_REGISTRATION':
      return { ...told, status: 'RECEIVED', nextApplyAt: after(now, leaseSeconds) };
    case 'PARK':
      return again(event, told, {
        ...{ now, note: decision.note },
        orphanNote: 'nothing of ours was found in a day',
      });
  }
};

const again = (
  event: WebhookEvent,
  told: Omit<EventChange, 'status'>,
  of: { readonly now: MachineInstant; readonly note: string; readonly orphanNote?: string },
): EventChange => {
  const next = nextLook(event, of.now);
  return next
    ? { ...told, status: 'RECEIVED', note: of.note, nextApplyAt: next }
    : { ...told, status: 'ORPHANED', note: of.orphanNote ?? of.note };
};

export interface Asked {
  readonly states: ReadonlyMap<string, ChargeState>;
  readonly failures: ReadonlyMap<string, unknown>;
  /** By charge, the payments the provider showed. */
  readonly shown: ReadonlyMap<string, readonly string[]>;
  /** Charges whose refunds are booked as the provider shows them. */
  readonly booked: ReadonlySet<string>;
}

/** What asking made of an event. */
export const askedChange = (
  { event, subject, decision }: Decided,
  { states, failures, shown, booked }: Asked,
  now: MachineInstant,
): EventChange => {
  const chargeId = subject?.kind === 'CHARGE' ? subject.chargeId : null;
  const told = { id: event.id, tries: event.tries, note: null, chargeId, nextApplyAt: null };
  if (failures.has(subjectIdOf(subject) ?? ''))
    return again(event, told, { now, note: 'asking the provider failed by our own fault' });
  if (subject?.kind !== 'CHARGE')
    return { ...told, status: 'APPLIED', note: 'the provider was asked' };
  if (decision.kind === 'LOOK_FOR_REFUND')
    return booked.has(subject.chargeId)
      ? { ...told, status: 'APPLIED', note: 'its refunds are booked' }
      : again(event, told, { now, note: 'a refund is under way, or the provider gave no answer' });
  const result = afterAsking(event, {
    before: subject.state,
    after: states.get(subject.chargeId) ?? subject.state,
    shown: shown.get(subject.chargeId),
  });
  if ('note' in result) return { ...told, status: 'APPLIED', note: result.note };
  return 'park' in result
    ? again(event, told, { now, note: 'the provider gave no answer yet' })
    : {
        ...{ ...told, tries: event.tries + 1 },
        ...{ status: 'RECEIVED', note: 'the provider does not confirm it yet' },
        nextApplyAt: after(now, result.againAfterSeconds),
      };
};

export interface LearnedPayment {
  readonly reference: string;
  readonly providerPaymentId: string;
}

/** The payments by which attempts can be asked about later, each by the reference it went out under. Only captures: of a failed payment
 * the provider may never say more, and an attempt that has one is never proved absent. Bulk items are told apart by their key, page by
 * page: only what is asked about one by one needs its payment's id. */
export const learnedFrom = (decided: readonly Decided[]): LearnedPayment[] =>
  decided.flatMap(({ event, subject, decision }) =>
    event.claims === 'CAPTURED' &&
    event.reference !== null &&
    event.providerPaymentId !== null &&
    subject?.kind === 'CHARGE' &&
    (subject.attemptKind !== 'BULK' || decision.kind === 'ASK_CHARGE')
      ? [{ reference: event.reference, providerPaymentId: event.providerPaymentId }]
      : [],
  );
