import { newId } from '#kernel';
import type { BusinessInstant } from '#platform/clock';
import { storableJson, type Transaction } from '#platform/database';

import type { ChargeState, Origin } from './charge-state.js';

export interface NewTransition {
  readonly chargeId: string;
  /** The charge's version after it. */
  readonly version: number;
  readonly from: Origin;
  readonly to: ChargeState;
  readonly at: BusinessInstant;
  readonly cause: string;
  readonly evidence?: Readonly<Record<string, unknown>> | undefined;
}

/** Appends rows of history. The database refuses an edge that is not in `allowed_transitions`. */
export const recordTransitions = async (
  tx: Transaction,
  merchantId: string,
  transitions: readonly NewTransition[],
): Promise<void> => {
  if (transitions.length === 0) return;
  const rows = transitions.map((transition) => ({
    id: newId(),
    charge_id: transition.chargeId,
    version: transition.version,
    from_state: transition.from,
    to_state: transition.to,
    at: transition.at,
    cause: transition.cause,
    evidence: transition.evidence ?? null,
  }));
  await tx.query(
    `INSERT INTO charge_transitions
       (merchant_id, id, charge_id, version, from_state, to_state, at, recorded_at, cause, evidence)
     SELECT m.id, r.id, r.charge_id, r.version, r.from_state, r.to_state, r.at, $3, r.cause, r.evidence
     FROM merchants m
     JOIN json_to_recordset($2::json) AS r (id uuid, charge_id uuid, version int, from_state text,
       to_state text, at timestamptz, cause text, evidence jsonb) ON true
     WHERE m.id = $1`,
    [merchantId, storableJson(rows), tx.now],
  );
};
