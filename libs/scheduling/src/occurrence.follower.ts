import { machineTimeOf, type BusinessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { Loaded, ServedAccount } from '#charges';
import { hasten } from '#merchants';

import { loadOccurrences, parkOccurrences, refreshOccurrences } from './occurrences.repository.js';
import { placeOf, SKIP_REASONS, type Place } from './occurrence.place.js';
import { move, register } from './occurrence.writer.js';
import type { Schedule } from './schedule.js';

export interface Following {
  /** As they are now, each locked or written in this transaction. */
  readonly schedules: readonly Schedule[];
  /** SCHEDULED, and never to be fired by the provider as things stand. */
  readonly occurrences: readonly Loaded[];
  /** Not to be registered (again): the provider refused them. */
  readonly unregistrable?: ReadonlySet<string>;
  readonly cause: string;
}

interface Placed {
  readonly occurrence: Loaded;
  readonly schedule: Schedule;
  readonly place: Place;
}

/** Puts occurrences that wait where their schedule, as it is now, wants them: canceled, skipped, waiting until it goes on, or due at
 * their time and registered where the provider keeps it. Everything that changes a schedule ends here. */
export const follow = async (
  tx: Transaction,
  account: ServedAccount,
  { schedules, occurrences, unregistrable, cause }: Following,
): Promise<void> => {
  const { merchantId } = account;
  const byId = new Map(schedules.map((schedule) => [schedule.id, schedule]));
  const placed = occurrences.flatMap((occurrence) => placedOf(occurrence, byId));
  const canceled = placed.filter(({ place }) => place.kind === 'CANCELED');
  await move(tx, account, { occurrences: canceled.map(toOccurrence), to: 'CANCELED', cause });
  for (const reason of SKIP_REASONS) {
    const skipped = placed.filter(
      ({ place }) => place.kind === 'SKIPPED' && place.reason === reason,
    );
    await move(tx, account, {
      occurrences: skipped.map(toOccurrence),
      ...{ to: 'SKIPPED', cause: `${cause}: ${reason}` },
    });
  }
  const waiting = placed.flatMap((one) => duesIn(one, 'WAITS'));
  const going = placed.flatMap((one) => duesIn(one, 'GOES'));
  await refreshOccurrences(tx, merchantId, [...waiting, ...going]);
  await parkOccurrences(tx, merchantId, waiting.map(toId));
  const registrable = going.filter(
    ({ schedule, chargeId }) =>
      schedule.execution === 'PROVIDER_SCHEDULED' && !unregistrable?.has(chargeId),
  );
  await register(tx, account, {
    occurrences: await loadOccurrences(tx, merchantId, registrable.map(toId)),
    cause,
  });
  await hastenDispatch(tx, account, going);
};

const placedOf = (occurrence: Loaded, schedules: ReadonlyMap<string, Schedule>): Placed[] => {
  const { scheduleId, occurrenceNumber: number, dueAt } = occurrence.charge;
  const schedule = schedules.get(scheduleId ?? '');
  const place = schedule && number !== null && placeOf(schedule, { number, dueAt });
  return place ? [{ occurrence, schedule, place }] : [];
};

interface Due {
  readonly chargeId: string;
  readonly schedule: Schedule;
  readonly dueAt: BusinessInstant;
}

const duesIn = ({ occurrence, schedule, place }: Placed, kind: 'WAITS' | 'GOES'): Due[] =>
  place.kind === kind ? [{ chargeId: occurrence.charge.id, schedule, dueAt: place.dueAt }] : [];

const toOccurrence = ({ occurrence }: Placed): Loaded => occurrence;
const toId = ({ chargeId }: Due): string => chargeId;

const hastenDispatch = async (
  tx: Transaction,
  { providerAccountId, clockOffsetMs }: ServedAccount,
  going: readonly Due[],
): Promise<void> => {
  const dues = going.map(({ dueAt }) => dueAt);
  const [earliest] = dues.toSorted((a, b) => a.getTime() - b.getTime());
  if (!earliest) return;
  const at = machineTimeOf(earliest, clockOffsetMs);
  await hasten(tx, [{ providerAccountId, lane: 'DISPATCH', at }]);
};
