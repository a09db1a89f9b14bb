import type { PolicyEnd } from '#dunning';
import type { BusinessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { ServedAccount, Settler } from '#charges';
import { recordEvents } from '#events';
import { hasten } from '#merchants';

import { follow } from './occurrence.follower.js';
import { lockOpenOccurrences } from './occurrences.repository.js';
import { cancelRetries } from './occurrence.writer.js';
import { wishRevocations } from './registration.repository.js';
import { paused } from './schedule-pause.js';
import { isAhead, type Schedule } from './schedule.js';
import { writeChange } from './schedules.repository.js';

/** Pauses or cancels schedules, whose rows the caller holds, with what waits of them: their retry policy wants so once a charge is given up,
 * or the last period has ended. Answers which were stopped. */
export const stopSchedules = async (
  tx: Transaction,
  account: ServedAccount,
  given: {
    readonly schedules: readonly Schedule[];
    readonly ends: ReadonlyMap<string, PolicyEnd>;
    readonly reason: string;
    readonly settler: Settler;
  },
): Promise<ReadonlySet<string>> => {
  const { reason } = given;
  const at = account.businessNow();
  const stopped = given.schedules.flatMap((schedule) => stoppedOf(schedule, { ...given, at }));
  const ids = stopped.map(({ id }) => id);
  if (ids.length === 0) return new Set();
  const { merchantId, providerAccountId } = account;
  const open = await lockOpenOccurrences(tx, merchantId, ids);
  for (const schedule of stopped) await writeChange(tx, merchantId, { ...schedule, updatedAt: at });
  await recordEvents(
    tx,
    merchantId,
    stopped.map(({ id, orderId, status }) => ({
      type: `schedule.${status.toLowerCase()}`,
      subjectId: id,
      data: { orderId, reason },
      at,
    })),
  );
  const cause = `schedule: ${reason}`;
  const inState = (state: string) => open.filter(({ charge }) => charge.state === state);
  await follow(tx, account, { schedules: stopped, occurrences: inState('SCHEDULED'), cause });
  const canceled = new Set(
    stopped.filter(({ status }) => status === 'CANCELED').map(({ id }) => id),
  );
  const retries = inState('RETRY_SCHEDULED');
  await cancelRetries(tx, account, {
    retries: retries.filter(({ charge }) => canceled.has(charge.scheduleId ?? '')),
    ...{ cause, settler: given.settler },
  });
  const registered = inState('REGISTERED').filter(({ charge }) => isAhead(charge.dueAt, at));
  await wishRevocations(tx, merchantId, {
    chargeIds: registered.map(({ charge }) => charge.id),
    revocation: 'FOLLOW_SCHEDULE',
  });
  await hasten(tx, [{ providerAccountId, lane: 'REGISTER', at: tx.now }]);
  return new Set(ids);
};

const stoppedOf = (
  schedule: Schedule,
  {
    ends,
    reason,
    at,
  }: {
    readonly ends: ReadonlyMap<string, PolicyEnd>;
    readonly reason: string;
    readonly at: BusinessInstant;
  },
): Schedule[] => {
  const { status, cancelAt } = schedule;
  const isOver = status === 'PAUSED' && cancelAt !== null && cancelAt <= at;
  if (status !== 'ACTIVE' && !isOver) return [];
  switch (ends.get(schedule.id)) {
    case 'PAUSE_SCHEDULE':
      return [paused(schedule, { at, reason })];
    case 'CANCEL_SCHEDULE':
      return [{ ...schedule, status: 'CANCELED', nextDueAt: null, cancelAt: null }];
    default:
      return [];
  }
};
