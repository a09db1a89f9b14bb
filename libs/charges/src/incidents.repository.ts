import type { Transaction } from '#platform/database';
import { keysetOf, type Page } from '#platform/paging';

import type { Incident, IncidentFilter } from './incident.js';

const COLUMNS = `id, kind, charge_id AS "chargeId", provider_account_id AS "providerAccountId", detail,
  opened_at AS "openedAt", resolved_at AS "resolvedAt", resolved_by AS "resolvedBy",
  resolution_note AS "resolutionNote"`;

/** Newest first. */
export const listIncidents = (
  tx: Transaction,
  merchantId: string,
  { filter, page }: { readonly filter: IncidentFilter; readonly page: Page },
): Promise<Incident[]> => {
  const keyset = keysetOf(page, {
    ...{ column: 'id', type: 'uuid', direction: 'DESC' },
    firstParameter: 8,
  });
  return tx.query<Incident>(
    `SELECT ${COLUMNS} FROM incidents WHERE merchant_id = $1
       AND ($2::text[] IS NULL OR kind = ANY($2))
       AND ($3::boolean IS NULL OR (resolved_at IS NULL) = $3)
       AND ($4::uuid IS NULL OR charge_id = $4)
       AND ($5::uuid IS NULL OR provider_account_id = $5)
       AND ($6::timestamptz IS NULL OR opened_at >= $6)
       AND ($7::timestamptz IS NULL OR opened_at < $7)${keyset.where}${keyset.tail}`,
    [
      ...[merchantId, filter.kinds ?? null, filter.isOpen ?? null, filter.chargeId ?? null],
      ...[filter.providerAccountId ?? null, filter.openedFrom ?? null, filter.openedTo ?? null],
      ...keyset.parameters,
    ],
  );
};

export const findIncidents = (
  tx: Transaction,
  merchantId: string,
  ids: readonly string[],
): Promise<Incident[]> =>
  tx.query<Incident>(
    `SELECT ${COLUMNS} FROM incidents WHERE merchant_id = $1 AND id = ANY($2::uuid[])`,
    [merchantId, ids],
  );

export const listIncidentsOf = (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<(Incident & { readonly chargeId: string })[]> =>
  tx.query(
    `SELECT ${COLUMNS} FROM incidents WHERE merchant_id = $1 AND charge_id = ANY($2::uuid[])
     ORDER BY id`,
    [merchantId, chargeIds],
  );

/** Closes open incidents; one that is closed already keeps the first word. */
export const closeIncident = async (
  tx: Transaction,
  merchantId: string,
  { id, by, note }: { readonly id: string; readonly by: string; readonly note: string },
): Promise<void> => {
  await tx.query(
    `UPDATE incidents SET resolved_at = $3, resolved_by = $4, resolution_note = $5
     WHERE merchant_id = $1 AND id = $2 AND resolved_at IS NULL`,
    [merchantId, id, tx.now, by, note],
  );
};

/** A second capture was paid back in full: what its incident asked for is done. */
export const closeDuplicate = async (
  tx: Transaction,
  merchantId: string,
  {
    chargeId,
    providerPaymentId,
  }: { readonly chargeId: string; readonly providerPaymentId: string },
): Promise<void> => {
  await tx.query(
    `UPDATE incidents SET resolved_at = $4, resolved_by = 'refund',
       resolution_note = 'the second capture was paid back in full'
     WHERE merchant_id = $1 AND charge_id = $2 AND kind = 'DUPLICATE_CAPTURE'
       AND detail ->> 'providerPaymentId' = $3 AND resolved_at IS NULL`,
    [merchantId, chargeId, providerPaymentId, tx.now],
  );
};

/** A refund that a person was asked about came to its end, or a person decided what becomes of it. */
export const closeStuckRefund = async (
  tx: Transaction,
  merchantId: string,
  of: {
    readonly chargeId: string;
    /** As its incident names it. */
    readonly refundId: string;
    readonly by: string;
    readonly note: string;
  },
): Promise<void> => {
  await tx.query(
    `UPDATE incidents SET resolved_at = $4, resolved_by = $5, resolution_note = $6
     WHERE merchant_id = $1 AND charge_id = $2 AND kind = 'QUARANTINED'
       AND detail ->> 'refundId' = $3 AND resolved_at IS NULL`,
    [merchantId, of.chargeId, of.refundId, tx.now, of.by, of.note],
  );
};
