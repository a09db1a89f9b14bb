import { after, type MachineInstant } from '#platform/clock';
import type { Database, Transaction } from '#platform/database';

import type { TokenBucket } from './token-bucket.js';

/** A kind of work an account can have waiting; one row of `account_agendas` each. */
export const LANES = [
  'DISPATCH',
  'REGISTER',
  'RESOLVE',
  'MATERIALISE',
  'POLL',
  'APPLY',
  'SETTLE_KEYS',
  'REFUND',
  'CLOCK',
  'RECONCILE',
] as const;
export type Lane = (typeof LANES)[number];

export interface Agenda extends TokenBucket {
  readonly lane: Lane;
  readonly merchantId: string;
  readonly providerAccountId: string;
  /** Until now nobody has served it since. */
  readonly lastServedAt: MachineInstant;
}

/** The channel that only wakes: looking is the truth. Its payload is `lane:account`. */
export const WAKE_CHANNEL = 'refrain_work';

/** Nothing waits: far enough away, and still a date that JavaScript can hold. */
const NEVER = '9999-01-01T00:00:00Z';

export const createAgendas = async (
  tx: Transaction,
  account: { readonly merchantId: string; readonly providerAccountId: string },
): Promise<void> => {
  await tx.query(
    `INSERT INTO account_agendas (provider_account_id, lane, merchant_id, next_due_at, last_served_at)
     SELECT $1, unnest($3::text[]), $2, $4, $5 ON CONFLICT DO NOTHING`,
    [account.providerAccountId, account.merchantId, LANES, NEVER, tx.now],
  );
};

/** Tells the worker that an account has work in a lane at that machine time, or earlier. A row that says so already is left alone, so that
 * many writers do not queue for it, and wakes nobody: whoever made it due did, or it fell due by itself and is found at the worker's next look, within
 * a second. But not one that rests: the look it waits for is its last, and
 * one that comes between this and our commit would put it to sleep over our work. */
export const hasten = async (
  tx: Transaction,
  work: readonly { providerAccountId: string; lane: Lane; at: MachineInstant }[],
): Promise<void> => {
  if (work.length === 0) return;
  await tx.query(
    `WITH sooner AS (
       UPDATE account_agendas a SET next_due_at = least(a.next_due_at, w.at), is_resting = false
       FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS w (account, lane, at)
       WHERE a.provider_account_id = w.account AND a.lane = w.lane
         AND (a.next_due_at > w.at OR a.is_resting)
       RETURNING w.lane, w.account, w.at)
     SELECT pg_notify($4, lane || ':' || account) FROM sooner WHERE at <= $5`,
    [
      work.map(({ providerAccountId }) => providerAccountId),
      work.map(({ lane }) => lane),
      work.map(({ at }) => at),
      WAKE_CHANNEL,
      tx.now,
    ],
  );
};

/** Has the worker look at what falls due about now, and would otherwise wait for its next look of its own. */
export const wake = async (
  tx: Transaction,
  providerAccountId: string,
  lanes: readonly Lane[],
): Promise<void> => {
  await tx.query(`SELECT pg_notify($1, lane || ':' || $2) FROM unnest($3::text[]) AS lane`, [
    WAKE_CHANNEL,
    providerAccountId,
    lanes,
  ]);
};

/** What a serving came to: when that lane of the account wants serving next; nothing when it has nothing waiting. */
export interface Served<T> {
  readonly result: T;
  readonly nextDueAt: MachineInstant | null;
  /** Nothing could be taken: what is due all the same (held by another, paused) is looked at again a little later, not at once. */
  readonly isIdle?: boolean;
  /** Calls left in the account's budget after this serving; absent: it has none. */
  readonly tokens?: number;
}

/** Long enough not to spin, short enough that nobody waits noticeably. */
const IDLE_SECONDS = 1;

/** What commits while an account is served may find its agenda due already, leave it alone, and yet come too late for that serving: so an agenda
 * goes to sleep only after a second look, a moment later, that found nothing either. Answers when it is looked at next. */
export const nextServing = (
  { nextDueAt, isIdle }: Pick<Served<unknown>, 'nextDueAt' | 'isIdle'>,
  { now, isResting }: { readonly now: MachineInstant; readonly isResting: boolean },
): { readonly at: MachineInstant | null; readonly isResting: boolean } => {
  const soon = after(now, IDLE_SECONDS);
  const floor = isIdle ? soon : now;
  const wanted = nextDueAt && nextDueAt < floor ? floor : nextDueAt;
  if (wanted && wanted <= soon) return { at: wanted, isResting: false };
  return isResting ? { at: wanted, isResting } : { at: soon, isResting: true };
};

const NOBODY = { accountIds: [], merchantIds: [] };

/** A lane, and whom to pass by there: those that have their share of this process. */
export interface Turn {
  readonly lane: Lane;
  readonly passingBy: {
    readonly accountIds: readonly string[];
    readonly merchantIds: readonly string[];
  };
}

/** Serves the due account that waited longest, in one transaction that holds its agenda row; other workers pass it by.
 * Answers nothing when no account is due. One whose serving fails lets the others go first. */
export const serveNext = async <T>(
  database: Database,
  turn: Lane | Turn,
  serve: (tx: Transaction, agenda: Agenda) => Promise<Served<T>>,
): Promise<{ agenda: Agenda; result: T } | undefined> => {
  const { lane, passingBy } = typeof turn === 'string' ? { lane: turn, passingBy: NOBODY } : turn;
  let taken: Agenda | undefined;
  try {
    return await database.withoutMerchant(async (tx) => {
      const agenda = await takeNext(tx, lane, passingBy);
      if (!agenda) return undefined;
      taken = agenda;
      await tx.actAs(agenda.merchantId);
      const { result, tokens, ...waiting } = await serve(tx, agenda);
      const next = nextServing(waiting, { now: tx.now, isResting: agenda.isResting });
      await tx.query(
        `UPDATE account_agendas SET next_due_at = $3, last_served_at = $4, is_resting = $6,
           tokens = COALESCE($5, tokens), refilled_at = CASE WHEN $5 IS NULL THEN refilled_at ELSE $4 END
         WHERE provider_account_id = $1 AND lane = $2`,
        [agenda.providerAccountId, lane, next.at ?? NEVER, tx.now, tokens ?? null, next.isResting],
      );
      return { agenda, result };
    });
  } catch (error) {
    if (taken) await putBack(database, { agenda: taken, lane, error });
    throw error;
  }
};

const takeNext = async (
  tx: Transaction,
  lane: Lane,
  { accountIds, merchantIds }: Turn['passingBy'],
): Promise<(Agenda & { readonly isResting: boolean }) | undefined> => {
  const [agenda] = await tx.query<Agenda & { readonly isResting: boolean }>(
    `SELECT lane, merchant_id AS "merchantId", provider_account_id AS "providerAccountId",
       tokens, refilled_at AS "refilledAt", is_resting AS "isResting",
       last_served_at AS "lastServedAt"
     FROM account_agendas WHERE lane = $1 AND next_due_at <= $2 AND NOT held
       AND provider_account_id <> ALL($3) AND merchant_id <> ALL($4)
     ORDER BY last_served_at LIMIT 1 FOR UPDATE SKIP LOCKED`,
    [lane, tx.now, accountIds, merchantIds],
  );
  return agenda;
};

/** The lanes in which an account is due, so that nobody asks lane by lane for work that is not there. */
export const findDueLanes = (database: Database): Promise<Lane[]> =>
  database.withoutMerchant(async (tx) => {
    const rows = await tx.query<{ lane: Lane }>(
      `SELECT lane FROM unnest($1::text[]) AS lane WHERE EXISTS (
         SELECT FROM account_agendas a
         WHERE a.lane = lane.lane AND a.next_due_at <= $2 AND NOT a.held)`,
      [LANES, tx.now],
    );
    return rows.map(({ lane }) => lane);
  });

/** It was not served, so that it would be the one that waited longest again, and again: it is due a moment later, and not sooner than the
 * loop that failed tries again. */
const putBack = async (
  database: Database,
  failed: { readonly agenda: Agenda; readonly lane: Lane; readonly error: unknown },
): Promise<void> => {
  const { agenda, lane, error } = failed;
  try {
    await database.withoutMerchant(async (tx) => {
      await tx.query(
        `UPDATE account_agendas SET next_due_at = GREATEST(next_due_at, $3)
         WHERE provider_account_id = $1 AND lane = $2`,
        [agenda.providerAccountId, lane, after(tx.now, IDLE_SECONDS)],
      );
    });
  } catch (another) {
    throw new AggregateError(
      [error, another],
      'an account was not served, and not put back either',
    );
  }
};

/** Makes every agenda of the lanes due: after a start, and each minute against a lost hint. */
export const hastenAll = (database: Database, lanes: readonly Lane[] = LANES): Promise<void> =>
  database.withoutMerchant(async (tx) => {
    await tx.query(
      `UPDATE account_agendas SET next_due_at = $2
       WHERE lane = ANY($1) AND next_due_at > $2`,
      [lanes, tx.now],
    );
  });

/** For how many seconds the account that waits longest has been due, lane by lane; a lane where nothing is due has none. */
export const readLateness = (
  database: Database,
): Promise<{ readonly lane: Lane; readonly seconds: number }[]> =>
  database.withoutMerchant((tx) =>
    tx.query(
      `SELECT lane, extract(epoch FROM $1 - min(next_due_at))::float8 AS seconds
       FROM account_agendas WHERE next_due_at <= $1::timestamptz AND NOT held GROUP BY lane`,
      [tx.now],
    ),
  );

/** The merchants that have accounts: for work that must visit each. */
export const merchantsWithAccounts = (database: Database): Promise<string[]> =>
  database.withoutMerchant(async (tx) => {
    const rows = await tx.query<{ id: string }>(
      'SELECT DISTINCT merchant_id AS id FROM account_agendas',
    );
    return rows.map(({ id }) => id);
  });
