import { classOf, newId } from '#kernel';
import { machineTimeOf, type BusinessInstant } from '#platform/clock';
import { storableJson, type Transaction } from '#platform/database';
import { recordDeclines } from '#dunning';
import { recordEvents } from '#events';
import { hasten } from '#merchants';

import type { Afterlook } from './afterlook.js';
import { cardAnswersOf } from './card-answers.js';
import { writeDuplicates } from './duplicates.repository.js';
import type { NewIncident, Settlement } from './settlement.js';
import { rememberCaptures } from './stale-capture.repository.js';
import { recordTransitions } from './transitions.repository.js';

export interface SettleContext {
  readonly merchantId: string;
  readonly leaseToken: string;
  readonly clockOffsetMs: number;
  readonly businessNow: BusinessInstant;
  /** Looks after the decision, by charge; of one that is missing they stay as they are. */
  readonly afterlooks?: ReadonlyMap<string, Afterlook>;
  /** Writes what the contributors prepared, for the charges that were really settled. */
  readonly contribute: (tx: Transaction, applied: ReadonlySet<string>) => Promise<void>;
}

/** Writes a batch of outcomes, fenced by the lease: what another owner holds by now is kept as an observation. */
export const writeSettlements = async (
  tx: Transaction,
  settlements: readonly Settlement[],
  context: SettleContext,
): Promise<void> => {
  const applied = await updateCharges(tx, settlements, context);
  const mine = settlements.filter(({ charge }) => applied.has(charge.id));
  const stale = settlements.filter(({ charge }) => !applied.has(charge.id));
  await updateAttempts(tx, mine, context);
  await recordDeclines(tx, context.merchantId, cardAnswersOf(mine, context.businessNow));
  await writeDuplicates(tx, mine, context);
  await recordTransitions(tx, context.merchantId, transitionsOf(mine, context));
  await recordEvents(tx, context.merchantId, eventsOf(mine, context));
  await context.contribute(tx, applied);
  await openIncidents(tx, mine, context);
  await recordObservations(tx, stale, {
    ...context,
    note: 'learned under a lease that had passed on',
  });
  const overtaken = await rememberCaptures(tx, context.merchantId, stale);
  await writeDuplicates(tx, overtaken, context);
  await openIncidents(tx, [...overtaken, ...strangersOf(stale)], context);
  await hasten(tx, agendaOf(mine, context));
};

/** Money of ours that another owner may not see: told by whoever saw it, under a lease or not. */
const strangersOf = (stale: readonly Settlement[]): Pick<Settlement, 'charge' | 'incidents'>[] =>
  stale.map(({ charge, incidents }) => ({
    charge,
    incidents: incidents.filter(({ kind }) => STRANGE.includes(kind)),
  }));
const STRANGE: readonly NewIncident['kind'][] = ['AMOUNT_DIFFERS', 'FOREIGN_PAYMENT'];

const updateCharges = async (
  tx: Transaction,
  settlements: readonly Settlement[],
  { merchantId, leaseToken, businessNow, afterlooks }: SettleContext,
): Promise<Set<string>> => {
  const rows = await tx.query<{ id: string }>(
    `UPDATE charges c SET
       state = COALESCE(r.to_state, c.state),
       version = c.version + CASE WHEN r.to_state IS NULL THEN 0 ELSE 1 END,
       send_at = COALESCE(r.send_at, c.send_at), declines = r.declines, setbacks = r.setbacks, non_sends = r.non_sends,
       failure_code = CASE WHEN r.to_state = 'SUCCEEDED' THEN NULL ELSE COALESCE(r.failure_code, c.failure_code) END,
       failure_class = CASE WHEN r.to_state = 'SUCCEEDED' THEN NULL ELSE COALESCE(r.failure_class, c.failure_class) END,
       provider_code = CASE WHEN r.to_state = 'SUCCEEDED' THEN NULL ELSE COALESCE(r.provider_code, c.provider_code) END,
       provider_message = CASE WHEN r.to_state = 'SUCCEEDED' THEN NULL ELSE COALESCE(r.provider_message, c.provider_message) END,
       first_failed_at = CASE WHEN c.first_failed_at IS NULL AND r.failure_code IS NOT NULL
         THEN $4 ELSE c.first_failed_at END,
       retry_policy_version = COALESCE(c.retry_policy_version, r.policy_version),
       retry_reason = CASE WHEN r.to_state IS NULL THEN c.retry_reason ELSE r.retry_reason END,
       looks = r.looks, absents = r.absents, first_absent_at = r.first_absent_at,
       next_look_at = r.next_look_at, lease_token = NULL, lease_until = NULL, claims = 0,
       afterlooks = COALESCE(r.afterlooks, c.afterlooks),
       next_afterlook_at = CASE WHEN r.afterlooks IS NULL THEN c.next_afterlook_at ELSE r.next_afterlook_at END,
       unresolved_since = CASE WHEN r.next_look_at IS NULL AND r.to_state IS DISTINCT FROM 'PROCESSING'
         THEN NULL ELSE COALESCE(c.unresolved_since, $5) END,
       settled_at = CASE WHEN r.to_state IN ('SUCCEEDED', 'FAILED') THEN $4 ELSE c.settled_at END,
       updated_at = $4
     FROM json_to_recordset($2::json) AS r (id uuid, to_state text, send_at timestamptz, declines int,
       setbacks int, non_sends int, failure_code text, failure_class text, provider_code text, provider_message text,
       policy_version int, retry_reason text, looks int, absents int, first_absent_at timestamptz, next_look_at timestamptz,
       afterlooks int, next_afterlook_at timestamptz)
     WHERE c.merchant_id = $1 AND c.id = r.id AND c.lease_token = $3
     RETURNING c.id`,
    [
      merchantId,
      storableJson(settlements.map((one) => chargeRow(one, afterlooks?.get(one.charge.id)))),
      leaseToken,
      businessNow,
      tx.now,
    ],
  );
  return new Set(rows.map(({ id }) => id));
};

const chargeRow = (settlement: Settlement, afterlook: Afterlook | undefined) => ({
  id: settlement.charge.id,
  to_state: settlement.to,
  send_at: settlement.sendAt,
  declines: settlement.declines,
  setbacks: settlement.setbacks,
  non_sends: settlement.nonSends,
  failure_code: settlement.failure?.failureCode ?? null,
  failure_class: settlement.failure ? classOf(settlement.failure.failureCode) : null,
  provider_code: settlement.failure?.providerCode ?? null,
  provider_message: settlement.failure?.providerMessage ?? null,
  policy_version: settlement.retry?.policyVersion ?? null,
  retry_reason: settlement.retry?.reason ?? null,
  looks: settlement.looks,
  absents: settlement.absents,
  first_absent_at: settlement.firstAbsentAt,
  next_look_at: settlement.nextLookAt,
  afterlooks: afterlook?.afterlooks ?? null,
  next_afterlook_at: afterlook?.nextAfterlookAt ?? null,
});

const updateAttempts = async (
  tx: Transaction,
  settlements: readonly Settlement[],
  { merchantId, businessNow }: SettleContext,
): Promise<void> => {
  const rows = settlements.flatMap(({ attemptId, attempt }) =>
    attempt
      ? [
          {
            id: attemptId,
            outcome: attempt.outcome,
            failure_code: attempt.failureCode,
            provider_code: attempt.providerCode,
            provider_message: attempt.providerMessage,
            provider_payment_id: attempt.providerPaymentId,
            provider_charge_id: attempt.providerChargeId,
            captured_minor: attempt.capturedMinor,
            answer: attempt.answer,
          },
        ]
      : [],
  );
  if (rows.length === 0) return;
  await tx.query(
    `UPDATE attempts a SET outcome = r.outcome, failure_code = r.failure_code,
       provider_code = r.provider_code, provider_message = r.provider_message,
       provider_payment_id = COALESCE(r.provider_payment_id, a.provider_payment_id),
       provider_charge_id = COALESCE(r.provider_charge_id, a.provider_charge_id),
       captured_minor = r.captured_minor, answer = COALESCE(r.answer, a.answer),
       settled_at = CASE WHEN r.outcome IN ('PENDING', 'UNKNOWN') THEN NULL ELSE $3::timestamptz END
     FROM json_to_recordset($2::json) AS r (id uuid, outcome text, failure_code text,
       provider_code text, provider_message text, provider_payment_id text, provider_charge_id text,
       captured_minor bigint, answer jsonb)
     WHERE a.merchant_id = $1 AND a.id = r.id`,
    [merchantId, storableJson(rows), businessNow],
  );
};

const transitionsOf = (settlements: readonly Settlement[], { businessNow }: SettleContext) =>
  settlements.flatMap(({ charge, to, cause, evidence }) =>
    to
      ? [
          {
            chargeId: charge.id,
            version: charge.version + 1,
            from: charge.state,
            to,
            at: businessNow,
            cause,
            evidence,
          },
        ]
      : [],
  );

const eventsOf = (settlements: readonly Settlement[], { businessNow }: SettleContext) =>
  settlements.flatMap(({ charge, to, failure, retry, sendAt }) =>
    to
      ? [
          {
            type: `charge.${to.toLowerCase()}`,
            subjectId: charge.id,
            data: {
              orderId: charge.orderId,
              amountMinor: charge.amountMinor,
              currency: charge.currency,
              failureCode: failure?.failureCode ?? null,
              ...(failure && {
                willRetry: to === 'RETRY_SCHEDULED',
                nextAttemptAt: sendAt,
                retryReason: retry?.reason ?? null,
              }),
            },
            at: businessNow,
          },
        ]
      : [],
  );

export const openIncidents = async (
  tx: Transaction,
  settlements: readonly {
    /** Without an id: of the account, of no charge in particular. */
    readonly charge: { readonly id: string | null; readonly providerAccountId: string };
    readonly incidents: Settlement['incidents'];
  }[],
  { merchantId }: Pick<SettleContext, 'merchantId'>,
): Promise<void> => {
  const rows = settlements.flatMap(({ charge, incidents }) =>
    incidents.map(({ kind, detail }) => ({
      id: newId(),
      kind,
      charge_id: charge.id,
      provider_account_id: charge.providerAccountId,
      detail,
    })),
  );
  if (rows.length === 0) return;
  // The same trouble is told once, however often it is seen again.
  await tx.query(
    `INSERT INTO incidents (merchant_id, id, kind, charge_id, provider_account_id, detail, opened_at)
     SELECT m.id, r.id, r.kind, r.charge_id, r.provider_account_id, r.detail, $3
     FROM merchants m
     JOIN json_to_recordset($2::json)
       AS r (id uuid, kind text, charge_id uuid, provider_account_id uuid, detail jsonb) ON true
     WHERE m.id = $1 AND NOT EXISTS (SELECT FROM incidents i WHERE i.merchant_id = m.id
       AND i.charge_id IS NOT DISTINCT FROM r.charge_id AND i.kind = r.kind AND i.detail = r.detail)`,
    [merchantId, storableJson(rows), tx.now],
  );
};

export const recordObservations = async (
  tx: Transaction,
  settlements: readonly Settlement[],
  { merchantId, note }: { merchantId: string; note: string },
): Promise<void> => {
  if (settlements.length === 0) return;
  const rows = settlements.map(({ charge, attemptId, to, evidence, attempt }) => ({
    id: newId(),
    charge_id: charge.id,
    attempt_id: attemptId,
    outcome: { to, evidence, attempt },
  }));
  await tx.query(
    `INSERT INTO observations (merchant_id, id, charge_id, attempt_id, note, outcome, recorded_at)
     SELECT m.id, r.id, r.charge_id, r.attempt_id, $3, r.outcome, $4
     FROM merchants m
     JOIN json_to_recordset($2::json) AS r (id uuid, charge_id uuid, attempt_id uuid, outcome jsonb) ON true
     WHERE m.id = $1`,
    [merchantId, storableJson(rows), note, tx.now],
  );
};

const agendaOf = (
  settlements: readonly Settlement[],
  { clockOffsetMs, afterlooks }: SettleContext,
) => {
  const sooner = new Map<string, ReturnType<typeof entry>>();
  const entry = (
    providerAccountId: string,
    lane: 'DISPATCH' | 'RESOLVE',
    at: ReturnType<typeof machineTimeOf>,
  ) => ({ providerAccountId, lane, at });
  const note = (one: ReturnType<typeof entry>) => {
    const key = `${one.lane}:${one.providerAccountId}`;
    const known = sooner.get(key);
    if (!known || one.at < known.at) sooner.set(key, one);
  };
  for (const { charge, sendAt, nextLookAt } of settlements) {
    if (sendAt)
      note(entry(charge.providerAccountId, 'DISPATCH', machineTimeOf(sendAt, clockOffsetMs)));
    const nextAfterlookAt = afterlooks?.get(charge.id)?.nextAfterlookAt;
    for (const at of [nextLookAt, nextAfterlookAt])
      if (at) note(entry(charge.providerAccountId, 'RESOLVE', at));
  }
  return [...sooner.values()];
};
