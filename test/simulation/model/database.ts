import { classOf } from '#kernel';
import { after, businessInstant, type MachineInstant } from '#platform/clock';
import {
  mayTransition,
  moved,
  staleIncident,
  type Attempt,
  type Charge,
  type ChargeState,
  type Settlement,
} from '#charges';

import {
  checkAttempts,
  ConstraintViolated,
  type AttemptRow,
  type ChargeRow,
  type Earlier,
  type IncidentRow,
  type LookedAtRow,
  type RefundRow,
  type TransitionRow,
} from './rows.js';

const LOOKED_AT: readonly ChargeState[] = [
  ...(['SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW'] as const),
];
export interface LeaseRequest {
  readonly token: string;
  readonly now: MachineInstant;
  readonly seconds: number;
}

/** PostgreSQL as the repositories use it: each method is one committed transaction, and nothing lies between. */
export class ModelDatabase {
  readonly charges = new Map<string, ChargeRow>();
  readonly attempts: AttemptRow[] = [];
  readonly refunds: RefundRow[] = [];
  readonly history: TransitionRow[] = [];
  readonly incidents: IncidentRow[] = [];
  /** What a former owner learned: kept, not applied. */
  observations = 0;

  constructor(private readonly isFenced: boolean) {}

  accept(row: ChargeRow): void {
    this.charges.set(row.id, row);
    this.#record(row.id, { version: 1, from: 'NONE', to: 'SCHEDULED', evidence: {} });
  }

  charge(id: string): ChargeRow {
    const row = this.charges.get(id);
    if (!row) throw new Error(`expected a charge, found none with id ${id}`);
    return row;
  }

  attemptsOf(chargeId: string): AttemptRow[] {
    return this.attempts.filter((attempt) => attempt.chargeId === chargeId);
  }

  lastAttemptOf({ id, attemptCount }: Charge): AttemptRow {
    const last = this.attemptsOf(id).find(({ number }) => number === attemptCount);
    if (!last) throw new Error('expected the last attempt of a charge, found none');
    return last;
  }

  captureOf(chargeId: string): AttemptRow | undefined {
    return this.attemptsOf(chargeId).find(({ outcome }) => outcome === 'SUCCEEDED');
  }

  /** `lockDueCharges`: what is due, longest waiting first, but for what somebody is asking about. */
  due(now: MachineInstant): ChargeRow | undefined {
    return [...this.charges.values()]
      .filter(
        ({ state, sendAt, leaseUntil }) =>
          (state === 'SCHEDULED' || state === 'RETRY_SCHEDULED') &&
          sendAt.getTime() <= now.getTime() &&
          (leaseUntil === null || leaseUntil <= now),
      )
      .toSorted((a, b) => a.sendAt.getTime() - b.sendAt.getTime())[0];
  }

  /** `earlier` and `unsentReference` of a claim. */
  knownBefore({ id, attemptCount }: Charge): { earlier: Earlier | null; unsent: string | null } {
    const attempts = this.attemptsOf(id);
    const sent = attempts.filter(({ outcome }) => outcome !== 'NOT_SENT');
    const last = attempts.find(({ number }) => number === attemptCount);
    return {
      earlier: sent.length === 0 ? null : known(sent),
      unsent: last?.outcome === 'NOT_SENT' ? last.providerReference : null,
    };
  }

  /** `writeIntents`: SUBMITTING under a lease, with the attempt that is about to be sent. */
  writeIntent(charge: ChargeRow, attempt: Attempt, lease: LeaseRequest): ChargeRow {
    const until = after(lease.now, lease.seconds);
    this.#insertAttempt(charge.id, attempt);
    return this.#move(charge, 'SUBMITTING', {
      ...{ attemptCount: attempt.number, leaseToken: lease.token, leaseUntil: until },
      ...{ unresolvedSince: lease.now, looks: 0, absents: 0, firstAbsentAt: null },
      nextLookAt: until,
    });
  }

  /** `claimLooks`: what is due, or this one charge whatever its state; either only where nobody asks already. */
  claimLook(lease: LeaseRequest, named?: string): LookedAtRow | undefined {
    const { now } = lease;
    const row = [...this.charges.values()].find(
      ({ id, state, nextLookAt, leaseUntil, attemptCount }) =>
        (leaseUntil === null || leaseUntil <= now) &&
        (named === undefined
          ? nextLookAt !== null && nextLookAt <= now && LOOKED_AT.includes(state)
          : id === named && attemptCount > 0),
    );
    if (!row) return undefined;
    const { nextLookAt: plannedAt } = row;
    const until = after(now, lease.seconds);
    const taken = this.#write(row, {
      ...{ leaseToken: lease.token, leaseUntil: until },
      nextLookAt: plannedAt && (plannedAt > until ? plannedAt : until),
    });
    return { ...taken, plannedAt };
  }

  /** `known.references` and `bookedPaymentIds` of a look. */
  knownOf({ id, attemptCount }: Charge): Earlier {
    const attempts = this.attemptsOf(id);
    const { references } = known(attempts);
    return {
      references,
      paymentIds: known(attempts.filter((a) => a.number < attemptCount)).paymentIds,
    };
  }

  /** `writeResend`: the same attempt once more, if the lease still holds. */
  writeResend(
    charge: ChargeRow,
    lease: LeaseRequest,
    evidence: TransitionRow['evidence'],
  ): ChargeRow | undefined {
    const row = this.charge(charge.id);
    if (this.isFenced && row.leaseToken !== lease.token) return undefined;
    const until = after(lease.now, lease.seconds);
    const { id, sends } = this.lastAttemptOf(row);
    this.#updateAttempt(id, { sends: sends + 1 });
    const changes = { ...{ leaseUntil: until, nextLookAt: until, unresolvedSince: lease.now } };
    const counters = { looks: 0, absents: 0, firstAbsentAt: null };
    return this.#move(row, 'SUBMITTING', { ...changes, ...counters }, evidence);
  }

  /** `writeSettlements`, fenced; answers whether it was applied. */
  settle(settlement: Settlement, token: string, now: MachineInstant): boolean {
    const row = this.charge(settlement.charge.id);
    if (this.isFenced && row.leaseToken !== token) {
      this.#remember(settlement, row, now);
      return false;
    }
    const { to, attempt, failure } = settlement;
    if (attempt) this.#learn(settlement.attemptId, attempt);
    const isPaid = to === 'SUCCEEDED';
    const isDone = settlement.nextLookAt === null && to !== 'PROCESSING';
    const changes = {
      ...{ declines: settlement.declines, setbacks: settlement.setbacks },
      nonSends: settlement.nonSends,
      ...{ looks: settlement.looks, absents: settlement.absents },
      ...{ firstAbsentAt: settlement.firstAbsentAt, nextLookAt: settlement.nextLookAt },
      ...{ leaseToken: null, leaseUntil: null, sendAt: settlement.sendAt ?? row.sendAt },
      failureCode: isPaid ? null : (failure?.failureCode ?? row.failureCode),
      failureClass: isPaid ? null : failure ? classOf(failure.failureCode) : row.failureClass,
      firstFailedAt: row.firstFailedAt ?? (failure ? businessInstant(now) : null),
      unresolvedSince: isDone ? null : (row.unresolvedSince ?? now),
    };
    if (to) this.#move(row, to, changes, settlement.evidence);
    else this.#write(row, changes);
    this.#openIncidents(settlement);
    return true;
  }

  /** A command of a person: under the row's lock, so that no owner is between. Answers whether it was done. */
  command(
    id: string,
    now: MachineInstant,
    act: (row: ChargeRow) => Settlement | undefined,
  ): boolean {
    const row = this.charge(id);
    if (row.leaseUntil !== null && row.leaseUntil > now) return false;
    const settlement = act(row);
    if (!settlement) return false;
    const token = `person of ${id} at ${now.getTime()}`;
    this.#write(row, { leaseToken: token });
    return this.settle(settlement, token, now);
  }

  /** `rememberCaptures`: the payment's id is kept, and what is not decided yet is asked about at once. */
  #remember({ charge, attemptId, attempt }: Settlement, row: ChargeRow, now: MachineInstant): void {
    this.observations += 1;
    if (attempt?.outcome !== 'SUCCEEDED') return;
    const { providerPaymentId } = attempt;
    const known = this.attempts.find(({ id }) => id === attemptId);
    if (known?.providerPaymentId === null) this.#updateAttempt(attemptId, { providerPaymentId });
    if (LOOKED_AT.includes(row.state)) this.#write(row, { nextLookAt: now });
    const booked = this.attemptsOf(charge.id).filter(({ outcome }) => outcome === 'SUCCEEDED');
    const incident = staleIncident(charge, attempt, {
      state: row.state,
      bookedPaymentIds: booked.flatMap((each) => each.providerPaymentId ?? []),
    });
    if (incident)
      this.#open({ chargeId: charge.id, kind: incident.kind, paymentId: providerPaymentId });
  }

  #openIncidents({ charge, incidents }: Settlement): void {
    for (const { kind, detail } of incidents) {
      const paymentId = (detail['providerPaymentId'] as string | undefined) ?? null;
      this.#open({ chargeId: charge.id, kind, paymentId });
    }
  }

  #open(incident: IncidentRow): void {
    const isKnown = this.incidents.some(
      ({ chargeId, kind, paymentId }) =>
        chargeId === incident.chargeId &&
        kind === incident.kind &&
        paymentId === incident.paymentId,
    );
    if (!isKnown) this.incidents.push(incident);
  }

  #learn(id: string, change: NonNullable<Settlement['attempt']>): void {
    const before = this.attempts.find((attempt) => attempt.id === id);
    this.#updateAttempt(id, {
      ...{ outcome: change.outcome, capturedMinor: change.capturedMinor },
      providerPaymentId: change.providerPaymentId ?? before?.providerPaymentId ?? null,
    });
  }

  #insertAttempt(chargeId: string, attempt: Attempt): void {
    const money = { capturedMinor: 0, refundedMinor: 0, reservedMinor: 0 };
    this.attempts.push({ ...attempt, chargeId, outcome: null, ...money });
    checkAttempts(this.attemptsOf(chargeId));
  }

  #updateAttempt(id: string, change: Partial<AttemptRow>): void {
    const index = this.attempts.findIndex((attempt) => attempt.id === id);
    const before = this.attempts[index];
    if (!before) throw new Error(`expected an attempt, found none with id ${id}`);
    this.attempts[index] = { ...before, ...change };
    checkAttempts(this.attemptsOf(before.chargeId));
  }

  /** Money that is reserved or paid back on a capture; the charge follows what was paid back. */
  moveRefund(attemptId: string, by: { reservedMinor: number; refundedMinor: number }): void {
    const attempt = this.attempts.find(({ id }) => id === attemptId);
    if (!attempt) throw new Error('expected the capture of a refund, found none');
    this.#updateAttempt(attemptId, {
      reservedMinor: attempt.reservedMinor + by.reservedMinor,
      refundedMinor: attempt.refundedMinor + by.refundedMinor,
    });
    if (by.refundedMinor === 0) return;
    const row = this.charge(attempt.chargeId);
    const refundedMinor = row.refundedMinor + by.refundedMinor;
    const to = refundedMinor >= row.amountMinor ? 'REFUNDED' : 'PARTIALLY_REFUNDED';
    if (to === row.state) this.#write(row, { refundedMinor });
    else this.#move(row, to, { refundedMinor });
  }

  #write(row: ChargeRow, changes: Partial<ChargeRow>): ChargeRow {
    const written = { ...row, ...changes };
    this.charges.set(row.id, written);
    return written;
  }

  #move(
    row: ChargeRow,
    to: ChargeState,
    changes: Partial<ChargeRow>,
    evidence: TransitionRow['evidence'] = moved({ charge: row }, to, '').evidence,
  ): ChargeRow {
    if (!mayTransition(row.state, to))
      throw new ConstraintViolated(`allowed_transitions: ${row.state} → ${to}`);
    const version = row.version + 1;
    this.#record(row.id, { version, from: row.state, to, evidence });
    return this.#write(row, { ...changes, state: to, version });
  }

  #record(chargeId: string, transition: Omit<TransitionRow, 'chargeId'>): void {
    this.history.push({ chargeId, ...transition });
  }
}

const known = (attempts: readonly AttemptRow[]): Earlier => ({
  references: [...new Set(attempts.map(({ providerReference }) => providerReference))],
  paymentIds: attempts.flatMap(({ providerPaymentId }) => providerPaymentId ?? []),
});
