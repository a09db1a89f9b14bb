import { after, type BusinessInstant, type MachineInstant } from '#platform/clock';
import { classOf, type Money } from '#kernel';
import type { ScheduleReading, ScheduleRevocation, ScheduleSubmission } from '#providers/contract';

import { isAhead, providerSecondsOf } from './schedule.js';

export type Revocation = 'FOLLOW_SCHEDULE' | 'CANCEL' | 'SKIP';

/** Where the registration of one occurrence at its provider stands. */
export interface Registration {
  readonly dueAt: BusinessInstant;
  readonly amount: Money;
  readonly sends: number;
  /** The provider has said that it holds this very registration. */
  readonly isConfirmed: boolean;
  readonly revocation: Revocation | null;
  readonly looks: number;
  readonly absents: number;
  readonly firstAbsentAt: MachineInstant | null;
}

/** What is to be done next about it. */
export type RegistrarStep = 'SEND' | 'READ' | 'REVOKE' | 'RELEASE';

/** What was never sent needs no revoking; what is too near its time to be registered is sent by us. */
export const nextStep = (
  { sends, revocation, dueAt }: Registration,
  businessNow: BusinessInstant,
): RegistrarStep => {
  if (sends === 0) return revocation === null && isAhead(dueAt, businessNow) ? 'SEND' : 'RELEASE';
  return revocation === null ? 'READ' : 'REVOKE';
};

/** What a step came to. */
export type RegistrarFinding =
  /** The provider has it: from its time on the resolver looks, or at once when it was fired already. */
  | { readonly kind: 'REGISTERED'; readonly isExecuted: boolean }
  /** The provider will not fire it, and says so, or never heard of it: what its schedule says now holds. */
  | { readonly kind: 'RELEASED'; readonly evidence: Readonly<Record<string, unknown>> }
  /** The provider holds something else under our reference: it is to be taken back first. */
  | { readonly kind: 'DIFFERS' }
  /** Another owner has it, or it is wished otherwise, since we took it: whoever is next decides. */
  | { readonly kind: 'LEFT' }
  /** Proved never to have arrived, and time is left: the same bytes go out again. */
  | { readonly kind: 'SEND_AGAIN' }
  /** Nothing is known for certain: asked again then. */
  | {
      readonly kind: 'ASK_LATER';
      readonly at: MachineInstant;
      readonly absents: number;
      readonly firstAbsentAt: MachineInstant | null;
      /** It cannot have been sent, so it may be, as if for the first time. */
      readonly isUnsent: boolean;
      readonly reason: string;
    };

export interface RegistrarContext {
  readonly now: MachineInstant;
  readonly businessNow: BusinessInstant;
  readonly quietPeriodSeconds: number;
}

/** Absences in a row, spread over the quiet period, before absence is proof. */
const ABSENTS_NEEDED = 3;
/** A lost reply is mostly settled by the first look; afterwards once a minute, so that the quiet period holds three of them. */
const ASK_AGAIN_SECONDS = [2, 10, 30, 60];

/** A refusal is believed on the first sending only: after an earlier one it may be the provider's word against its own double. */
export const afterSubmission = (
  registration: Registration,
  submission: ScheduleSubmission,
  context: RegistrarContext,
): RegistrarFinding => {
  switch (submission.kind) {
    case 'REGISTERED':
      return { kind: 'REGISTERED', isExecuted: false };
    case 'REJECTED':
      if (submission.failureCode === 'RATE_LIMITED')
        return askLater(registration, context, {
          reason: 'too many requests',
          isUnsent: registration.sends <= 1,
        });
      return registration.sends <= 1 && classOf(submission.failureCode) !== 'TRANSIENT'
        ? { kind: 'RELEASED', evidence: { refused: submission.providerMessage } }
        : askLater(registration, context, { reason: 'a refusal that proves nothing' });
    case 'NOT_SENT':
      return askLater(registration, context, {
        reason: submission.reason,
        isUnsent: registration.sends <= 1,
      });
    case 'UNKNOWN':
      return askLater(registration, context, { reason: submission.reason });
  }
};

/** A record of an earlier registration that was revoked says as little about this one as none. */
export const afterReading = (
  registration: Registration,
  reading: ScheduleReading,
  context: RegistrarContext,
): RegistrarFinding => {
  if (reading.kind === 'UNAVAILABLE')
    return askLater(registration, context, { reason: reading.reason });
  if (reading.kind === 'FOUND' && reading.status === 'EXECUTED')
    return { kind: 'REGISTERED', isExecuted: true };
  if (reading.kind === 'FOUND' && reading.status === 'SCHEDULED')
    return isAsAsked(registration, reading)
      ? { kind: 'REGISTERED', isExecuted: false }
      : { kind: 'DIFFERS' };
  const proof = absence(registration, context);
  if (!proof.isProved) return askLater(registration, context, { ...proof, reason: 'absent' });
  return isAhead(registration.dueAt, context.businessNow)
    ? { kind: 'SEND_AGAIN' }
    : { kind: 'RELEASED', evidence: { absents: proof.absents } };
};

/** Only the provider's own word, read back, says that it will not fire. A reference may have been revoked before: unless this registration
 * was confirmed, or is what we revoked just now, that word is about an earlier one, and ours may yet arrive. */
export const afterRevocation = (
  registration: Registration,
  { revocation, reading }: { revocation: ScheduleRevocation; reading: ScheduleReading },
  context: RegistrarContext,
): RegistrarFinding => {
  if (reading.kind === 'FOUND' && reading.status === 'EXECUTED')
    return { kind: 'REGISTERED', isExecuted: true };
  const isRevoked = reading.kind === 'FOUND' && reading.status === 'REVOKED';
  const isOurs =
    registration.isConfirmed ||
    (isRevoked && revocation.kind === 'REVOKED' && isAsAsked(registration, reading));
  if (isRevoked && isOurs)
    return { kind: 'RELEASED', evidence: { revocation: revocation.kind, read: 'REVOKED' } };
  if (isRevoked || reading.kind === 'ABSENT') {
    const proof = absence(registration, context);
    return proof.isProved
      ? { kind: 'RELEASED', evidence: { revocation: revocation.kind, absents: proof.absents } }
      : askLater(registration, context, { ...proof, reason: 'absent' });
  }
  return askLater(registration, context, {
    reason: 'reason' in revocation ? revocation.reason : `not read as revoked: ${reading.kind}`,
  });
};

const isAsAsked = (
  { dueAt, amount }: Registration,
  found: Extract<ScheduleReading, { kind: 'FOUND' }>,
): boolean =>
  found.dueAtSeconds === providerSecondsOf(dueAt) &&
  found.amount.amountMinor === amount.amountMinor &&
  found.amount.currency === amount.currency;

const absence = ({ absents, firstAbsentAt }: Registration, context: RegistrarContext) => {
  const first = firstAbsentAt ?? context.now;
  const isQuiet = context.now >= after(first, context.quietPeriodSeconds);
  return {
    absents: absents + 1,
    firstAbsentAt: first,
    isProved: absents + 1 >= ABSENTS_NEEDED && isQuiet,
  };
};

const askLater = (
  { looks }: Registration,
  { now }: RegistrarContext,
  found: {
    readonly reason: string;
    readonly isUnsent?: boolean;
    readonly absents?: number;
    readonly firstAbsentAt?: MachineInstant;
  },
): RegistrarFinding => ({
  kind: 'ASK_LATER',
  at: after(now, ASK_AGAIN_SECONDS[Math.min(looks, ASK_AGAIN_SECONDS.length - 1)] ?? 0),
  absents: found.absents ?? 0,
  firstAbsentAt: found.firstAbsentAt ?? null,
  isUnsent: found.isUnsent ?? false,
  reason: found.reason,
});
