import { newId } from '#kernel';
import { machineTimeOf } from '#platform/clock';
import type { Transaction } from '#platform/database';
import {
  acceptCharges,
  chargeRequestOf,
  hashOf,
  moved,
  findOpenBefore,
  nextAttempt,
  releaseBehind,
  settleUnsent,
  writeSettlements,
  type ChargeState,
  type Intent,
  type Loaded,
  type NewCharge,
  type ServedAccount,
  type Settler,
} from '#charges';
import { recordEvents } from '#events';
import { hasten } from '#merchants';

import { changeInTime } from './change.keeper.js';
import { DUE_WHILE_PAUSED } from './occurrence.place.js';
import { leaseOccurrences, loadOccurrences, writeRegistrations } from './occurrences.repository.js';
import {
  byZonesOfToday,
  isAhead,
  materialiseAt,
  occurrenceOrderId,
  providerSecondsOf,
  termsOf,
  type Schedule,
} from './schedule.js';
import { isPassedOver, paused } from './schedule-pause.js';
import { nextDueOf } from './schedule-update.js';
import { completeSchedules, writeChange, writeProgress } from './schedules.repository.js';

interface Planned {
  readonly schedule: Schedule;
  readonly charge: NewCharge;
}

/** Brings forth the next occurrence of each of these ACTIVE schedules, whose rows the caller holds locked: its charge, and where the
 * provider keeps the time the intent to register it, in the caller's transaction. */
export const bringForth = async (
  tx: Transaction,
  account: ServedAccount,
  { schedules, cause }: { readonly schedules: readonly Schedule[]; readonly cause: string },
): Promise<void> => {
  const present = await changeInTime(tx, account, schedules.map(byZonesOfToday));
  const planned = present.flatMap((schedule) => plan(schedule, cause));
  const accepted = await acceptCharges(
    tx,
    planned.map(({ charge }) => charge),
    account,
  );
  const written = planned.filter(({ charge }) => accepted.has(charge.id));
  await goOn(tx, account, written);
  const skipped = written.filter(isSkipped);
  await move(tx, account, {
    occurrences: await loadOccurrences(tx, account.merchantId, idsOf(skipped)),
    to: 'SKIPPED',
    cause: `${cause}: ${DUE_WHILE_PAUSED}`,
  });
  const registrable = written.filter(
    (one) => one.schedule.execution === 'PROVIDER_SCHEDULED' && !isSkipped(one),
  );
  await register(tx, account, {
    occurrences: await loadOccurrences(tx, account.merchantId, idsOf(registrable)),
    cause,
  });
  await pauseBlocked(
    tx,
    account,
    planned.filter(({ charge }) => !accepted.has(charge.id)),
  );
  await completeSchedules(tx, account.merchantId, {
    ids: [
      ...skipped.map(({ schedule }) => schedule.id),
      ...present.filter(({ nextDueAt }) => nextDueAt === null).map(({ id }) => id),
    ],
    at: account.businessNow(),
  });
};

const plan = (schedule: Schedule, cause: string): Planned[] =>
  schedule.nextDueAt === null
    ? []
    : [
        {
          schedule,
          charge: {
            id: newId(),
            providerAccountId: schedule.providerAccountId,
            billingKeyId: schedule.billingKeyId,
            orderId: occurrenceOrderId(schedule.orderId, schedule.nextNumber),
            orderName: schedule.orderName,
            ...termsOf(schedule, schedule.nextNumber),
            origin: 'SCHEDULE',
            scheduleId: schedule.id,
            occurrenceNumber: schedule.nextNumber,
            retryPolicyId: schedule.retryPolicyId,
            dueAt: schedule.nextDueAt,
            cause,
          },
        },
      ];

const isSkipped = ({ schedule, charge }: Planned): boolean => isPassedOver(schedule, charge.dueAt);

const idsOf = (planned: readonly Planned[]): string[] => planned.map(({ charge }) => charge.id);

/** The sequence moves on by one, and its account is served again when the one after is to come. */
const goOn = async (
  tx: Transaction,
  { merchantId, providerAccountId, clockOffsetMs }: ServedAccount,
  written: readonly Planned[],
): Promise<void> => {
  const progress = written.map(({ schedule }) => ({
    id: schedule.id,
    nextNumber: schedule.nextNumber + 1,
    nextDueAt: nextDueOf({ ...schedule, nextNumber: schedule.nextNumber + 1 }),
  }));
  await writeProgress(tx, merchantId, progress);
  const dues = progress.flatMap(({ nextDueAt }) => nextDueAt ?? []);
  const [earliest] = dues.toSorted((a, b) => a.getTime() - b.getTime());
  if (!earliest) return;
  const at = machineTimeOf(materialiseAt(earliest), clockOffsetMs);
  await hasten(tx, [{ providerAccountId, lane: 'MATERIALISE', at }]);
};

/** Writes the intent to register for those that the provider can still be told about, on keys that can be charged; the others are
 * sent by us at their time, where a key that cannot be charged fails with its own reason. */
export const register = async (
  tx: Transaction,
  account: ServedAccount,
  { occurrences, cause }: { readonly occurrences: readonly Loaded[]; readonly cause: string },
): Promise<void> => {
  const businessNow = account.businessNow();
  const capabilities = account.provider.capabilities(account.access);
  if (!capabilities.providerSchedule) return;
  const behind = await findBehindOpen(tx, account.merchantId, occurrences);
  const intents = occurrences
    .filter(
      ({ charge, keyStatus, keyHardFailureCode }) =>
        keyStatus === 'ACTIVE' &&
        keyHardFailureCode === null &&
        !behind.has(charge.id) &&
        isAhead(charge.dueAt, businessNow),
    )
    .map((loaded) => intentOf(loaded, account, capabilities.reusableReference));
  await writeRegistrations(tx, intents, { ...account, businessNow, cause });
};

/** Those that must not be fired without us: an earlier one is open, and their schedule does not charge beside it. */
const findBehindOpen = async (
  tx: Transaction,
  merchantId: string,
  occurrences: readonly Loaded[],
): Promise<ReadonlySet<string>> => {
  const patient = occurrences.filter(
    ({ schedule }) => schedule?.['when_previous_open'] !== 'CHARGE',
  );
  const ids = patient.map(({ charge }) => charge.id);
  return new Set((await findOpenBefore(tx, merchantId, ids)).keys());
};

const intentOf = (
  { charge, providerKey }: Loaded,
  { access, provider }: ServedAccount,
  isReferenceReusable: boolean,
): Intent => {
  const attempt = { ...nextAttempt(charge, 'SCHEDULE', { isReferenceReusable }), sends: 0 };
  const request = provider.describeSchedule(access, {
    ...chargeRequestOf(charge, attempt.providerReference, providerKey),
    dueAtSeconds: providerSecondsOf(charge.dueAt),
  });
  return { charge, attempt, request, requestHash: hashOf(request), providerOperationId: null };
};

/** Cancels what waits for its next try, whose schedule is canceled by now. What was sent may be paid late, so it goes through the settler, who
 * has it asked about again. */
export const cancelRetries = (
  tx: Transaction,
  account: ServedAccount,
  {
    retries,
    ...of
  }: { readonly retries: readonly Loaded[]; readonly cause: string; readonly settler: Settler },
): Promise<void> =>
  settleUnsent(
    tx,
    retries.map((loaded) => ({ loaded, settlement: moved(loaded, 'CANCELED', of.cause) })),
    { account, settler: of.settler },
  );

/** Moves occurrences that were never sent, without moving their schedule on: the caller does. */
export const move = async (
  tx: Transaction,
  account: ServedAccount,
  change: {
    readonly occurrences: readonly Loaded[];
    readonly to: ChargeState;
    readonly cause: string;
  },
): Promise<void> => {
  if (change.occurrences.length === 0) return;
  const leaseToken = newId();
  const chargeIds = change.occurrences.map(({ charge }) => charge.id);
  await leaseOccurrences(tx, account.merchantId, { chargeIds, token: leaseToken });
  await writeSettlements(
    tx,
    change.occurrences.map((loaded) => moved(loaded, change.to, change.cause)),
    { ...account, leaseToken, businessNow: account.businessNow(), contribute: async () => {} },
  );
  const scheduleIds = change.occurrences.flatMap(({ charge }) => charge.scheduleId ?? []);
  if ((await releaseBehind(tx, account.merchantId, scheduleIds)) > 0)
    await hasten(tx, [{ ...account, lane: 'DISPATCH', at: tx.now }]);
};

/** Somebody used the order id of an occurrence for another charge. Nothing may be lost in silence: the schedule stops, and says why. */
const pauseBlocked = async (
  tx: Transaction,
  account: ServedAccount,
  blocked: readonly Planned[],
): Promise<void> => {
  const at = account.businessNow();
  for (const { schedule, charge } of blocked) {
    const reason = `the order id ${charge.orderId} of its next occurrence belongs to another charge`;
    await writeChange(tx, account.merchantId, {
      ...paused(schedule, { at, reason }),
      updatedAt: at,
    });
  }
  await recordEvents(
    tx,
    account.merchantId,
    blocked.map(({ schedule, charge }) => ({
      type: 'schedule.paused',
      subjectId: schedule.id,
      data: { orderId: charge.orderId, reason: 'ORDER_ALREADY_EXISTS' },
      at,
    })),
  );
};
