import { after, businessInstant, machineInstant } from '#platform/clock';
import type { ScheduleReading } from '#providers/contract';
import {
  afterReading,
  afterRevocation,
  afterSubmission,
  nextStep,
  type Registration,
} from './registration.js';

const businessNow = businessInstant('2028-01-31T09:00:00Z');
const now = machineInstant(Date.parse('2026-11-22T00:00:00Z'));
const context = { now, businessNow, quietPeriodSeconds: 600 };

const registrationWith = (changes: Partial<Registration> = {}): Registration => ({
  dueAt: after(businessNow, 3_600),
  amount: { amountMinor: 9_900, currency: 'KRW' },
  sends: 1,
  isConfirmed: false,
  revocation: null,
  looks: 0,
  absents: 0,
  firstAbsentAt: null,
  ...changes,
});
const reading = (
  status: 'SCHEDULED' | 'EXECUTED' | 'REVOKED',
  changes: Partial<Extract<ScheduleReading, { kind: 'FOUND' }>> = {},
): ScheduleReading => ({
  kind: 'FOUND',
  status,
  dueAtSeconds: after(businessNow, 3_600).getTime() / 1_000,
  amount: { amountMinor: 9_900, currency: 'KRW' },
  providerPaymentId: null,
  answer: { status: 200, body: null },
  ...changes,
});
/** Of an earlier registration under the same reference, at another time. */
const earlier = { dueAtSeconds: businessNow.getTime() / 1_000 };
const refusal = {
  kind: 'REJECTED',
  failureCode: 'PROVIDER_REJECTED',
  providerCode: '1',
  providerMessage: 'no',
} as const;
/** Absent twice before, the first time longer ago than the quiet period. */
const nearlyProved = { absents: 2, firstAbsentAt: after(now, -601) };

describe('the next step', () => {
  it('is to send what was never sent, and to read what may have been', () => {
    expect(nextStep(registrationWith({ sends: 0 }), businessNow)).toBe('SEND');
    expect(nextStep(registrationWith(), businessNow)).toBe('READ');
  });

  it('is to release what was never sent when it is wished back, or too near its time', () => {
    const unsent = registrationWith({ sends: 0 });
    expect(nextStep({ ...unsent, revocation: 'SKIP' }, businessNow)).toBe('RELEASE');
    expect(nextStep({ ...unsent, dueAt: after(businessNow, 59) }, businessNow)).toBe('RELEASE');
  });

  it('is to ask the provider to drop what it may hold', () => {
    expect(nextStep(registrationWith({ revocation: 'CANCEL' }), businessNow)).toBe('REVOKE');
  });
});

describe('a submission', () => {
  it('that is refused is believed on the first sending only', () => {
    expect(afterSubmission(registrationWith(), refusal, context).kind).toBe('RELEASED');
    expect(afterSubmission(registrationWith({ sends: 2 }), refusal, context).kind).toBe(
      'ASK_LATER',
    );
  });

  it('that cannot have left may leave again as if for the first time, unless an earlier one may have', () => {
    const unsent = { kind: 'NOT_SENT', reason: 'refused' } as const;
    expect(afterSubmission(registrationWith(), unsent, context)).toMatchObject({ isUnsent: true });
    expect(afterSubmission(registrationWith({ sends: 2 }), unsent, context)).toMatchObject({
      isUnsent: false,
    });
  });
});

describe('a reading', () => {
  it('that finds it settles a lost reply', () => {
    expect(afterReading(registrationWith(), reading('SCHEDULED'), context)).toEqual({
      kind: 'REGISTERED',
      isExecuted: false,
    });
    expect(afterReading(registrationWith(), reading('EXECUTED'), context)).toEqual({
      kind: 'REGISTERED',
      isExecuted: true,
    });
  });

  it('that finds another amount or time under our reference is no confirmation', () => {
    const readAs = (changes: object) =>
      afterReading(registrationWith(), reading('SCHEDULED', changes), context).kind;
    expect(readAs(earlier)).toBe('DIFFERS');
    expect(readAs({ amount: { amountMinor: 12_000, currency: 'KRW' } })).toBe('DIFFERS');
    expect(readAs({ amount: { amountMinor: 9_900, currency: 'USD' } })).toBe('DIFFERS');
  });

  it('compares with the whole second that was asked for', () => {
    const dueAt = after(businessNow, 3_599.5);
    const read = afterReading(registrationWith({ dueAt }), reading('SCHEDULED'), context);
    expect(read.kind).toBe('REGISTERED');
  });

  it('of nothing proves nothing before three of them over the quiet period', () => {
    const absent = { kind: 'ABSENT' } as const;
    expect(afterReading(registrationWith(), absent, context)).toMatchObject({
      kind: 'ASK_LATER',
      absents: 1,
      firstAbsentAt: now,
    });
    const hasty = registrationWith({ absents: 2, firstAbsentAt: after(now, -599) });
    expect(afterReading(hasty, absent, context).kind).toBe('ASK_LATER');
    expect(afterReading(registrationWith(nearlyProved), absent, context).kind).toBe('SEND_AGAIN');
  });

  it('of an earlier registration that was revoked counts as nothing', () => {
    const proved = registrationWith(nearlyProved);
    expect(afterReading(proved, reading('REVOKED'), context).kind).toBe('SEND_AGAIN');
  });

  it('that proves it absent too near its time leaves it to us', () => {
    const late = registrationWith({ ...nearlyProved, dueAt: after(businessNow, 30) });
    expect(afterReading(late, { kind: 'ABSENT' }, context).kind).toBe('RELEASED');
  });
});

describe('a revocation', () => {
  const revoked = { kind: 'REVOKED' } as const;
  const nothing = { kind: 'NOTHING_TO_REVOKE' } as const;
  const wished = registrationWith({ revocation: 'FOLLOW_SCHEDULE' });
  const confirmed = { ...wished, isConfirmed: true };
  const readAs = (read: ScheduleReading) =>
    afterRevocation(wished, { revocation: revoked, reading: read }, context).kind;

  it('counts when it is read back, not when it is answered', () => {
    expect(readAs(reading('REVOKED'))).toBe('RELEASED');
    expect(readAs(reading('SCHEDULED'))).toBe('ASK_LATER');
    expect(readAs({ kind: 'UNAVAILABLE', reason: 'down' })).toBe('ASK_LATER');
    expect(readAs({ kind: 'ABSENT' })).toBe('ASK_LATER');
  });

  it('that came too late leaves the charge to the looks', () => {
    expect(readAs(reading('EXECUTED'))).toBe('REGISTERED');
  });

  it('of what the provider had confirmed counts whoever revoked it', () => {
    const read = { revocation: nothing, reading: reading('REVOKED') };
    expect(afterRevocation(confirmed, read, context).kind).toBe('RELEASED');
  });

  it('of an earlier registration proves nothing of one whose reply was lost', () => {
    const old = { revocation: nothing, reading: reading('REVOKED') };
    expect(afterRevocation(wished, old, context)).toMatchObject({ kind: 'ASK_LATER', absents: 1 });
    expect(afterRevocation({ ...wished, ...nearlyProved }, old, context)).toMatchObject({
      kind: 'RELEASED',
      evidence: { absents: 3 },
    });
    const other = { revocation: revoked, reading: reading('REVOKED', earlier) };
    expect(afterRevocation(wished, other, context).kind).toBe('ASK_LATER');
  });
});
