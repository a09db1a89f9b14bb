import { groupBy, type Indexed, type Story, type Check } from './indexed.js';
import type { AttemptRow, LedgerLine } from './evidence.js';

const CAPTURED = ['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED'];
/** The provider said no and took the money all the same: nobody can know before it tells. */
const LATE_FATES = ['failed-then-paid', 'reported-failed'];
const DUPLICATE_KINDS = ['DUPLICATE_CAPTURE', 'LATE_SUCCESS'];

const sum = (lines: readonly LedgerLine[]) =>
  lines.reduce((total, { amount }) => total + amount, 0);
const isOf = (line: LedgerLine) => (attempt: AttemptRow) =>
  attempt.provider_reference === line.reference || attempt.provider_payment_id === line.reference;
const hasIncident = ({ incidents }: Story, kinds: readonly string[]) =>
  incidents.some(({ kind }) => kinds.includes(kind as string));
const wasLate = ({ sends }: Story) => sends.some(({ fate }) => LATE_FATES.includes(fate ?? ''));

/** Strict: one capture, except where the provider itself charged late. With a guard that lets duplicates through they must be seen. */
const M1: Check = ({ stories, guard }) =>
  stories
    .filter((story) => story.captures.length > 1)
    .filter((story) => {
      const isExcused = guard !== 'paid-only' || wasLate(story);
      return !(isExcused && hasIncident(story, DUPLICATE_KINDS));
    })
    .map(({ charge, captures }) => `${charge.order_id} was captured ${captures.length} times`);

/** Every accepted charge is decided or in front of a person with a reason, and every capture belongs to one of ours. */
const M2: Check = (evidence) => [...undecided(evidence), ...strayCaptures(evidence)];

const undecided = ({ stories, accounts, schedules }: Indexed): string[] => {
  const paused = new Set(schedules.filter(({ status }) => status === 'PAUSED').map(({ id }) => id));
  const offsets = new Map(accounts.map((row) => [row['id'], Number(row['clock_offset_ms'])]));
  const now = Date.now();
  return stories.flatMap(({ charge, transitions }) => {
    const { state, order_id: order } = charge;
    const businessNow = now + (offsets.get(charge.provider_account_id) ?? 0);
    const isDue = charge.send_at.getTime() <= businessNow;
    const isRegisteredDue = state === 'REGISTERED' && charge.due_at.getTime() <= businessNow;
    const isStuck = ['SUBMITTING', 'PROCESSING', 'UNKNOWN'].includes(state);
    const isHeld = state === 'SCHEDULED' && paused.has(charge.schedule_id);
    const isWaiting = ['SCHEDULED', 'RETRY_SCHEDULED'].includes(state) && isDue && !isHeld;
    if (isStuck || isWaiting || isRegisteredDue) return [`${order} is still ${state}`];
    const reason = transitions.at(-1)?.cause;
    return state === 'NEEDS_REVIEW' && !reason ? [`${order} needs review and says no reason`] : [];
  });
};

const strayCaptures = ({ ledger, storyByOrder }: Indexed): string[] =>
  ledger
    .filter(({ kind }) => kind === 'CAPTURE')
    .flatMap((line) => {
      const story = storyByOrder.get(line.orderReference);
      if (!story) return [`${line.orderReference} was captured, and nobody asked for it`];
      const ours = story.attempts.filter(isOf(line));
      if (ours.length === 0)
        return [`${line.orderReference} was captured under ${line.reference}, no attempt of ours`];
      return [];
    });

/** What we say of a charge is what the provider did, or it is in front of a person. */
const M3: Check = ({ stories }) =>
  stories.flatMap((story) => {
    const { charge, captures, incidents } = story;
    const isOpen =
      charge.state === 'NEEDS_REVIEW' || incidents.some((row) => row['resolved_at'] === null);
    const says = CAPTURED.includes(charge.state);
    const did = captures.length > 0;
    if (says === did || isOpen) return [];
    return [`${charge.order_id} is ${charge.state}, and the provider captured ${captures.length}`];
  });

/** Money is exact: what was captured is what was asked for, whole, in its currency. */
const M4: Check = ({ stories }) =>
  stories.flatMap(({ charge, captures }) =>
    captures
      .filter(
        ({ amount, currency }) => amount !== charge.amount_minor || currency !== charge.currency,
      )
      .map(
        ({ amount, currency }) =>
          `${charge.order_id} of ${charge.amount_minor} ${charge.currency} was captured as ${amount} ${currency}`,
      ),
  );

/** Captures less refunds agree in the books and at the provider, and nobody got back more than they paid. */
const M5: Check = ({ stories }) =>
  stories.flatMap(({ charge, captures, paidBack, refunds }) => {
    const order = charge.order_id;
    const booked = refunds
      .filter(({ status }) => status === 'SUCCEEDED')
      .reduce((total, row) => total + Number(row['amount_minor']), 0);
    const isOpen = refunds.some(({ status }) => status === 'PENDING' || status === 'UNKNOWN');
    return [
      ...(sum(paidBack) > sum(captures)
        ? [`${order}: ${sum(paidBack)} of ${sum(captures)} was paid back`]
        : []),
      ...(booked !== charge.refunded_minor
        ? [`${order}: refunds of ${booked}, the charge says ${charge.refunded_minor}`]
        : []),
      ...(booked !== sum(paidBack) && !isOpen
        ? [`${order}: refunds of ${booked}, the provider paid back ${sum(paidBack)}`]
        : []),
      ...(isOpen ? [`${order}: a refund is not decided`] : []),
    ];
  });

/** Nothing was sent whose intent was not written down before. */
const M6: Check = ({ sends, bulkSends, attempts, operations, transitions }) => {
  const known = new Set(attempts.map(({ provider_reference }) => provider_reference));
  const knownBulk = new Set(operations.map((row) => row['external_operation_id']));
  const intents = new Map<string, number>();
  for (const { to_state: to, evidence, recorded_at: at } of transitions) {
    const reference = evidence?.['providerReference'];
    if (to !== 'SUBMITTING' || typeof reference !== 'string') continue;
    intents.set(reference, Math.min(intents.get(reference) ?? Infinity, at.getTime()));
  }
  // Struck, or cut off, before the sandbox read what it is about: nothing came of it, and a capture without an attempt is M2's.
  return [
    ...sends.flatMap(({ reference, time, path }) => {
      if (reference === null) return [];
      if (!known.has(reference)) return [`${reference} was sent to ${path} and no attempt has it`];
      const intendedAt = intents.get(reference) ?? Infinity;
      return Date.parse(time) < intendedAt ? [`${reference} was sent before its intent`] : [];
    }),
    ...bulkSends
      .filter(({ reference }) => reference !== null && !knownBulk.has(reference))
      .map(({ reference }) => `the operation ${reference} was sent and is not in the books`),
  ];
};

/** A second request follows a proof that the first took nothing; one that was refused at the door (a token that had run out) is its own
 * proof. A process that stood still may send late: then the provider's guard holds. */
const M7: Check = ({ stories, standstills }) =>
  stories.flatMap(({ charge, sends, transitions }) => {
    const intents = transitions.filter(({ to_state: to }) => to === 'SUBMITTING');
    const heard = sends.filter(({ fate }) => fate !== 'unauthorized');
    return [...groupBy(heard, ({ reference }) => reference)].flatMap(([reference, ofOne]) => {
      const times = intents
        .filter(({ evidence }) => (evidence?.['providerReference'] ?? reference) === reference)
        .map(({ recorded_at: at }) => at.getTime());
      if (ofOne.length <= times.length) return [];
      const from = Math.min(...times);
      const to = Math.max(...ofOne.map(({ time }) => Date.parse(time)));
      const stoodStill = standstills.some(({ fromMs, toMs }) => fromMs < to && toMs > from);
      return stoodStill
        ? []
        : [
            `${charge.order_id} was sent ${ofOne.length} times under ${reference} for ${times.length} intents`,
          ];
    });
  });

/** A reference means one order: one amount, currency, key. What is proved not to have been sent (a registration taken back) meant nothing. */
const M8: Check = ({ attempts }) =>
  [
    ...groupBy(
      attempts.filter(({ outcome }) => outcome !== 'NOT_SENT'),
      (row) => `${row.provider_account_id} ${row.provider_reference}`,
    ),
  ].flatMap(([reference, rows]) => {
    const meanings = new Set(
      rows.map(
        (row) => `${row.charge_id} ${row.amount_minor} ${row.currency} ${row.billing_key_id}`,
      ),
    );
    return meanings.size > 1 ? [`${reference} means ${[...meanings].join(' and ')}`] : [];
  });

export const moneyChecks = { M1, M2, M3, M4, M5, M6, M7, M8 };
