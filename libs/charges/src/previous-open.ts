import type { Transaction } from '#platform/database';
import { hasten } from '#merchants';

import { PARKED_UNTIL } from './charge.js';
import type { Loaded } from './loaded.repository.js';
import type { ServedAccount } from './dependencies.js';
import { settleUnsent } from './refusal.js';
import { moved } from './settlement.js';
import type { Settler } from './settler.js';

/** What becomes of an occurrence that falls due while an earlier one of its schedule is not settled. */
export const PREVIOUS_OPEN_CHOICES = ['CHARGE', 'WAIT', 'SKIP'] as const;
export type WhenPreviousOpen = (typeof PREVIOUS_OPEN_CHOICES)[number];

const choiceOf = ({ schedule }: Loaded): WhenPreviousOpen =>
  (schedule?.['when_previous_open'] as WhenPreviousOpen | undefined) ?? 'CHARGE';

/** Occurrences behind an open one wait for it, or are skipped, as their schedule says. Answers the others. Decided under the schedule's lock,
 * which whoever settles the earlier one takes too: either it is seen settled here, or our waiting is seen there. We do not wait for it, since
 * its holder may wait for our agenda: what is locked is claimed a moment later. */
export const holdBehindOpen = async (
  tx: Transaction,
  due: readonly Loaded[],
  context: { readonly account: ServedAccount; readonly settler: Settler },
): Promise<Loaded[]> => {
  const patient = due.filter(
    (loaded) => loaded.charge.state === 'SCHEDULED' && choiceOf(loaded) !== 'CHARGE',
  );
  if (patient.length === 0) return [...due];
  const { merchantId } = context.account;
  const locked = await tx.query<{ id: string }>(
    `SELECT id FROM schedules WHERE merchant_id = $1 AND id = ANY($2)
     ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`,
    [merchantId, patient.map(({ charge }) => charge.scheduleId)],
  );
  const lockedIds = new Set(locked.map(({ id }) => id));
  const isOurs = ({ charge }: Loaded) => lockedIds.has(charge.scheduleId ?? '');
  const openBefore = await findOpenBefore(
    tx,
    merchantId,
    patient.filter(isOurs).map(({ charge }) => charge.id),
  );
  const behind = patient.filter(({ charge }) => openBefore.has(charge.id));
  const waiting = behind.filter((loaded) => choiceOf(loaded) === 'WAIT');
  await park(tx, merchantId, {
    waiting: waiting.map(({ charge }) => ({ id: charge.id, number: openBefore.get(charge.id) })),
  });
  const settlings = behind
    .filter((loaded) => choiceOf(loaded) === 'SKIP')
    .map((loaded) => {
      const cause = `dispatcher: occurrence ${openBefore.get(loaded.charge.id)} is not settled`;
      return { loaded, settlement: moved(loaded, 'SKIPPED', cause) };
    });
  await settleUnsent(tx, settlings, context);
  const left = patient.filter((loaded) => !isOurs(loaded));
  const held = new Set([...behind, ...left].map(({ charge }) => charge.id));
  return due.filter(({ charge }) => !held.has(charge.id));
};

/** A paused schedule's wait for its resumption, whatever else they wait for. */
const goesOn = (charge: string): string =>
  `NOT EXISTS (SELECT FROM schedules s WHERE s.merchant_id = ${charge}.merchant_id
     AND s.id = ${charge}.schedule_id AND s.status = 'PAUSED')`;

const OPEN = `'SCHEDULED', 'REGISTERED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW', 'RETRY_SCHEDULED'`;

/** The number of the first occurrence that is open before each of these, by charge; of a charge that is missing none is. */
export const findOpenBefore = async (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  if (chargeIds.length === 0) return new Map();
  const rows = await tx.query<{ id: string; number: number }>(
    `SELECT c.id, min(o.occurrence_number) AS number FROM charges c
     JOIN charges o ON o.merchant_id = c.merchant_id AND o.schedule_id = c.schedule_id
       AND o.occurrence_number < c.occurrence_number
     WHERE c.merchant_id = $1 AND c.id = ANY($2)
       AND o.state IN (${OPEN})
     GROUP BY c.id`,
    [merchantId, chargeIds],
  );
  return new Map(rows.map(({ id, number }) => [id, number]));
};

const park = async (
  tx: Transaction,
  merchantId: string,
  {
    waiting,
  }: { readonly waiting: readonly { readonly id: string; readonly number: number | undefined }[] },
): Promise<void> => {
  if (waiting.length === 0) return;
  await tx.query(
    `UPDATE charges c SET send_at = $3, wait_reason = r.reason
     FROM json_to_recordset($2::json) AS r (id uuid, reason text)
     WHERE c.merchant_id = $1 AND c.id = r.id AND c.state = 'SCHEDULED'`,
    [
      merchantId,
      JSON.stringify(
        waiting.map(({ id, number }) => ({
          id,
          reason: `it waits until occurrence ${number} is settled`,
        })),
      ),
      PARKED_UNTIL,
    ],
  );
};

/** What waits for an earlier occurrence of these schedules is due again; each is asked anew whether another one is open. One that is being
 * claimed by somebody needs no releasing: they wait for the lock we hold, and see what we settled. One that somebody holds for another reason,
 * a command that comes to nothing, is found by {@link releaseMissed}. */
export const releaseBehind = async (
  tx: Transaction,
  merchantId: string,
  scheduleIds: readonly string[],
): Promise<number> => {
  if (scheduleIds.length === 0) return 0;
  const released = await tx.query(
    `UPDATE charges SET send_at = due_at, wait_reason = NULL
     WHERE merchant_id = $1 AND id IN (SELECT id FROM charges WHERE merchant_id = $1
       AND schedule_id = ANY($2) AND state = 'SCHEDULED' AND wait_reason IS NOT NULL
       AND ${goesOn('charges')} ORDER BY id FOR UPDATE SKIP LOCKED)
     RETURNING id`,
    [merchantId, scheduleIds],
  );
  return released.length;
};

/** So many at once at most: whoever serves the account holds locks meanwhile. The others are found a minute later. */
const MISSED_MAX = 500;

/** What of an account waits for an earlier occurrence, though none is open any more, is due again. */
export const releaseMissed = async (
  tx: Transaction,
  { merchantId, providerAccountId }: ServedAccount,
): Promise<void> => {
  const released = await tx.query(
    `UPDATE charges SET send_at = due_at, wait_reason = NULL
     WHERE merchant_id = $1 AND id IN (SELECT c.id FROM charges c
       WHERE c.merchant_id = $1 AND c.provider_account_id = $2 AND c.state = 'SCHEDULED'
         AND c.wait_reason IS NOT NULL AND ${goesOn('c')}
         AND NOT EXISTS (SELECT FROM charges o WHERE o.merchant_id = c.merchant_id
           AND o.schedule_id = c.schedule_id AND o.occurrence_number < c.occurrence_number
           AND o.state IN (${OPEN}))
       ORDER BY c.id LIMIT $3 FOR UPDATE OF c SKIP LOCKED)
     RETURNING id`,
    [merchantId, providerAccountId, MISSED_MAX],
  );
  if (released.length > 0) await hasten(tx, [{ providerAccountId, lane: 'DISPATCH', at: tx.now }]);
};
