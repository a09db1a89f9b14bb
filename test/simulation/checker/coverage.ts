import type { Evidence, TransitionRow } from './evidence.js';
import { groupBy } from './indexed.js';
import { EDGES } from './state.checks.js';

export type Counts = Record<string, number>;

const OUTCOMES = ['NOT_SENT', 'REJECTED', 'DECLINED', 'SUCCEEDED', 'PENDING', 'UNKNOWN'];
const SINGLE_EVENTS = [
  'late success',
  'duplicate capture seen',
  'stale result kept',
  'sent again after absence',
  'guard collision',
  'needs review',
  'resolved by a person',
  'quarantined',
  'bulk replayed',
  'call struck by a fault',
];

/** Edges of the table to which nothing leads yet, or nothing that can be made to happen in a run: none of them is waited for. */
const OUT_OF_REACH: ReadonlySet<string> = new Set([
  // Refused before any send and tried again later: comes with the network budgets.
  'SCHEDULED → RETRY_SCHEDULED',
  // A bulk item set aside twice while its operation was being accepted; a payment that is merely pending stays with the person.
  'NEEDS_REVIEW → PROCESSING',
]);

/** What must have happened at least once over a campaign: by name, 0 where it never did. */
export const coverageOf = (evidence: Evidence): Counts => {
  const counts: Counts = {};
  const count = (name: string, by = 1) => {
    counts[name] = (counts[name] ?? 0) + by;
  };
  for (const [from, tos] of Object.entries(EDGES))
    for (const to of tos)
      if (!OUT_OF_REACH.has(`${from} → ${to}`)) count(`edge ${from} → ${to}`, 0);
  for (const kind of OUTCOMES) count(`outcome ${kind}`, 0);
  for (const name of SINGLE_EVENTS) count(name, 0);
  for (const row of evidence.transitions) countTransition(row, count);
  for (const { kind } of evidence.incidents) {
    if (kind === 'LATE_SUCCESS') count('late success');
    if (kind === 'DUPLICATE_CAPTURE') count('duplicate capture seen');
    if (kind === 'QUARANTINED') count('quarantined');
  }
  count('stale result kept', evidence.observations.length);
  for (const row of evidence.operations) if (Number(row['sends']) > 1) count('bulk replayed');
  for (const { fate } of evidence.calls) if (fate) count('call struck by a fault');
  return counts;
};

const countTransition = (row: TransitionRow, count: (name: string) => void): void => {
  const { from_state: from, to_state: to, cause, evidence } = row;
  count(`edge ${from} → ${to}`);
  const kind = evidence?.['kind'];
  if (typeof kind === 'string' && OUTCOMES.includes(kind)) count(`outcome ${kind}`);
  if (cause.includes('sent again under the same reference')) count('sent again after absence');
  if (to === 'NEEDS_REVIEW') count('needs review');
  if (cause.includes('resolved as')) count('resolved by a person');
  if (/already|merchant_uid.*(paid|used)|duplicate/i.test(JSON.stringify(evidence ?? {})))
    count('guard collision');
};

/** How long each unclear charge was unclear, in milliseconds: from UNKNOWN to the next state that is decided. */
export const unclearTimesOf = (evidence: Evidence): number[] =>
  [...groupBy(evidence.transitions, ({ charge_id: id }) => id).values()].flatMap((own) => {
    const times: number[] = [];
    let since: number | undefined;
    for (const { to_state: to, recorded_at: at } of own) {
      if (to === 'UNKNOWN') since ??= at.getTime();
      else if (
        since !== undefined &&
        to !== 'SUBMITTING' &&
        to !== 'NEEDS_REVIEW' &&
        to !== 'PROCESSING'
      ) {
        times.push(at.getTime() - since);
        since = undefined;
      }
    }
    return times;
  });

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export const spreadOf = (times: readonly number[]): Spread => {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
};
