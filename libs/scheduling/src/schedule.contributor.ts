import { businessTimeOf, type BusinessInstant } from '#platform/clock';
import type { PolicyEnd } from '#dunning';
import type { Transaction } from '#platform/database';
import { hasten } from '#merchants';
import {
  openAccount,
  releaseBehind,
  type ChargesDependencies,
  type Contributor,
  type ServedAccount,
  type SettledCharge,
} from '#charges';

import { parkOccurrences } from './occurrences.repository.js';
import { bringForth } from './occurrence.writer.js';
import { isSettled, type Schedule } from './schedule.js';
import { stopSchedules } from './schedule.stopper.js';
import { completeSchedules, lockSchedules } from './schedules.repository.js';
import { pinTerms } from './terms.repository.js';

/** An occurrence whose part in the sequence is over, or that was on its way, did not get through, and waits again. */
export interface SettledOccurrence {
  readonly providerAccountId: string;
  readonly chargeId: string;
  readonly waitsAgain: boolean;
  readonly scheduleId: string;
  readonly number: number;
  readonly dueAt: BusinessInstant;
  /** When it was claimed: from when on a change of its schedule was to hold. */
  readonly changesAt: string | null;
  readonly atEnd: PolicyEnd | null;
}

/** How a schedule goes on: when occurrence n is settled, n + 1 comes into being in the same transaction, unless it did already. */
export class ScheduleContributor implements Contributor<SettledOccurrence> {
  constructor(
    private readonly dependencies: Pick<ChargesDependencies, 'providers' | 'accounts' | 'settler'>,
  ) {}

  contribute({ charge, to, atEnd, schedule }: SettledCharge): readonly SettledOccurrence[] {
    const { id: chargeId, scheduleId, occurrenceNumber: number, providerAccountId, dueAt } = charge;
    const changesAt = (schedule?.['pending_change_at'] ?? null) as string | null;
    const waitsAgain = to === 'SCHEDULED';
    if (scheduleId === null || number === null || !(isSettled(to) || waitsAgain)) return [];
    return [
      {
        ...{ providerAccountId, chargeId, waitsAgain, scheduleId, number },
        ...{ dueAt, changesAt, atEnd },
      },
    ];
  }

  async write(
    tx: Transaction,
    merchantId: string,
    settled: readonly SettledOccurrence[],
  ): Promise<void> {
    for (const providerAccountId of new Set(settled.map((one) => one.providerAccountId))) {
      const account = await openAccount(tx, this.dependencies, { merchantId, providerAccountId });
      const all = settled.filter((one) => one.providerAccountId === providerAccountId);
      const ids = new Set(all.map(({ scheduleId }) => scheduleId));
      const locked = await lockSchedules(tx, merchantId, [...ids]);
      const waiting = all.filter(({ waitsAgain }) => waitsAgain);
      await parkPaused(tx, merchantId, { schedules: locked, waiting });
      await pinTerms(tx, merchantId, overtaken(locked, waiting));
      const own = all.filter(({ waitsAgain }) => !waitsAgain);
      const numbers = new Map(own.map(({ scheduleId, number }) => [scheduleId, number]));
      // Under the lock a look at the number is enough: who comes second finds it moved on.
      const schedules = locked.filter(({ id }) => numbers.has(id));
      const stopped = await stopSchedules(tx, account, {
        ...{ schedules, ends: endsOf(own), settler: this.dependencies.settler },
        reason: 'a charge was given up, and its retry policy wants so',
      });
      const next = schedules.filter(
        ({ id, status, nextNumber }) =>
          status === 'ACTIVE' && !stopped.has(id) && nextNumber - 1 <= (numbers.get(id) ?? 0),
      );
      await bringForth(tx, account, { schedules: next, cause: 'schedule: the one before settled' });
      await this.release(tx, account, [...numbers.keys()]);
      await completeSchedules(tx, merchantId, {
        ids: [...numbers.keys()],
        at: businessTimeOf(tx.now, account.clockOffsetMs),
      });
    }
  }

  /** What waited for the one that settled is due. */
  private async release(
    tx: Transaction,
    { merchantId, providerAccountId }: ServedAccount,
    scheduleIds: readonly string[],
  ): Promise<void> {
    if ((await releaseBehind(tx, merchantId, scheduleIds)) > 0)
      await hasten(tx, [{ providerAccountId, lane: 'DISPATCH', at: tx.now }]);
  }
}

/** A schedule that was paused meanwhile parked what waited then. Due all the while, and not to be sent, what waits again would hold up the test
 * clock and count as overdue. A pause that is being written looks again for what waits once it has the lock that we hold. */
const parkPaused = async (
  tx: Transaction,
  merchantId: string,
  found: {
    readonly schedules: readonly Schedule[];
    readonly waiting: readonly SettledOccurrence[];
  },
): Promise<void> => {
  const paused = found.schedules.filter(({ status }) => status === 'PAUSED').map(({ id }) => id);
  const parked = found.waiting.filter(({ scheduleId }) => paused.includes(scheduleId));
  await parkOccurrences(
    tx,
    merchantId,
    parked.map(({ chargeId }) => chargeId),
  );
};

/** What was claimed before a change that was kept for a later date took over its schedule: that change is none of its business. */
export const overtaken = (
  schedules: readonly Pick<Schedule, 'id' | 'pendingChangeAt'>[],
  waiting: readonly Pick<SettledOccurrence, 'chargeId' | 'scheduleId' | 'dueAt' | 'changesAt'>[],
): string[] => {
  const pending = new Map(schedules.map(({ id, pendingChangeAt }) => [id, pendingChangeAt]));
  return waiting.flatMap(({ chargeId, scheduleId, dueAt, changesAt }) => {
    if (changesAt === null) return [];
    const at = Date.parse(changesAt);
    return dueAt.getTime() < at && pending.get(scheduleId)?.getTime() !== at ? [chargeId] : [];
  });
};

/** What their policies want of schedules whose occurrence was given up. */
const endsOf = (settled: readonly SettledOccurrence[]): ReadonlyMap<string, PolicyEnd> =>
  new Map(
    settled.flatMap(({ scheduleId, atEnd }) => (atEnd ? [[scheduleId, atEnd] as const] : [])),
  );
