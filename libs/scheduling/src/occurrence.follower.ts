import { machineTimeOf, type BusinessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { Loaded, ServedAccount } from '#charges';
import { hasten } from '#merchants';

import { loadOccurrences, parkOccurrences, refreshOccurrences } from './occurrences.repository.js';
import { DUE_WHILE_PAUSED, move, register } from './occurrence.writer.js';
import { dueOf, type Schedule } from './schedule.js';

export interface Following {
  /** As they are now, each locked or written in this transaction. */
  readonly schedules: readonly Schedule[];
  /** SCHEDULED, and never to be fired by the provider as things stand. */
  readonly occurrences: readonly Loaded[];
  /** Not to be registered (again): the provider refused them. */
  readonly unregistrable?: ReadonlySet<string>;
  readonly cause: string;
}

interface Place {
  readonly occurrence: Loaded;
  readonly schedule: Schedule;
  /** Absent: the schedule as it is now ends before it. */
  readonly dueAt: BusinessInstant | null;
}

/** Puts occurrences that wait where their schedule, as it is now, wants them: canceled, skipped, waiting for it to be resumed, or due at
 * their time and registered where the provider keeps it. Everything that changes a schedule ends here. */
export const follow = async (
  tx: Transaction,
  account: ServedAccount,
  { schedules, occurrences, unregistrable, cause }: Following,
): Promise<void> => {
  const { merchantId } = account;
  const byId = new Map(schedules.map((schedule) => [schedule.id, schedule]));
  const places = occurrences.flatMap((occurrence) => placeOf(occurrence, byId));
  const canceled = places.filter(({ schedule }) => schedule.status === 'CANCELED');
  await move(tx, account, { occurrences: canceled.map(toOccurrence), to: 'CANCELED', cause });
  const active = places.filter(({ schedule }) => schedule.status === 'ACTIVE');
  for (const reason of SKIP_REASONS)
    await move(tx, account, {
      occurrences: active.filter((place) => skipReasonOf(place) === reason).map(toOccurrence),
      ...{ to: 'SKIPPED', cause: `${cause}: ${reason}` },
    });
  const kept = places.filter(
    (place) =>
      place.schedule.status === 'PAUSED' ||
      (place.schedule.status === 'ACTIVE' && skipReasonOf(place) === undefined),
  );
  await refreshOccurrences(
    tx,
    merchantId,
    kept.map(({ occurrence, dueAt }) => ({
      chargeId: occurrence.charge.id,
      dueAt: dueAt ?? occurrence.charge.dueAt,
    })),
  );
  const waiting = kept.filter(({ schedule }) => schedule.status === 'PAUSED');
  await parkOccurrences(tx, merchantId, waiting.map(idOf));
  const going = kept.filter(({ schedule }) => schedule.status === 'ACTIVE');
  const registrable = going.filter(
    (place) =>
      place.schedule.execution === 'PROVIDER_SCHEDULED' && !unregistrable?.has(idOf(place)),
  );
  await register(tx, account, {
    occurrences: await loadOccurrences(tx, merchantId, registrable.map(idOf)),
    cause,
  });
  await hastenDispatch(tx, account, going);
};

const placeOf = (occurrence: Loaded, schedules: ReadonlyMap<string, Schedule>): Place[] => {
  const { scheduleId, occurrenceNumber, dueAt } = occurrence.charge;
  const schedule = schedules.get(scheduleId ?? '');
  if (!schedule || occurrenceNumber === null) return [];
  // What lies before the anchor keeps the time it had by the rule of its day.
  const isByRule = occurrenceNumber >= schedule.anchorNumber;
  return [{ occurrence, schedule, dueAt: isByRule ? dueOf(schedule, occurrenceNumber) : dueAt }];
};

const ENDS_BEFORE = 'its schedule ends before it';
const SKIP_REASONS = [ENDS_BEFORE, DUE_WHILE_PAUSED];

const skipReasonOf = ({ schedule: { skipDueBefore }, dueAt }: Place): string | undefined => {
  if (dueAt === null) return ENDS_BEFORE;
  return skipDueBefore !== null && dueAt < skipDueBefore ? DUE_WHILE_PAUSED : undefined;
};

const toOccurrence = ({ occurrence }: Place): Loaded => occurrence;
const idOf = ({ occurrence }: Place): string => occurrence.charge.id;

const hastenDispatch = async (
  tx: Transaction,
  { providerAccountId, clockOffsetMs }: ServedAccount,
  going: readonly Place[],
): Promise<void> => {
  const dues = going.map(({ occurrence, dueAt }) => dueAt ?? occurrence.charge.dueAt);
  const [earliest] = dues.toSorted((a, b) => a.getTime() - b.getTime());
  if (!earliest) return;
  const at = machineTimeOf(earliest, clockOffsetMs);
  await hasten(tx, [{ providerAccountId, lane: 'DISPATCH', at }]);
};
