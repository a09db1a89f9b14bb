import { keysetOf, sliceOf, type Page, type Slice } from '#platform/paging';
import type { Transaction } from '#platform/database';

import { CHARGE_COLUMNS, type Charge } from './charge.js';
import type { ChargeState, Origin } from './charge-state.js';

/** A charge as it is shown. */
export interface ChargeView extends Charge {
  readonly providerCode: string | null;
  readonly providerMessage: string | null;
  readonly retryReason: string | null;
  /** Of an occurrence that is due: which one it waits for. */
  readonly waitReason: string | null;
  readonly nextLookAt: Date | null;
  readonly refundedMinor: number;
  readonly requestHash: string | null;
  readonly createdAt: Date;
  readonly settledAt: Date | null;
}

export interface AttemptView {
  readonly id: string;
  readonly chargeId: string;
  readonly number: number;
  readonly providerReference: string;
  readonly providerPaymentId: string | null;
  readonly outcome: string | null;
  readonly failureCode: string | null;
  readonly providerCode: string | null;
  readonly providerMessage: string | null;
  readonly sends: number;
  readonly sentAt: Date | null;
  readonly settledAt: Date | null;
  readonly answer: unknown;
}

export interface TransitionView {
  readonly chargeId: string;
  readonly version: number;
  readonly from: Origin;
  readonly to: ChargeState;
  readonly at: Date;
  readonly cause: string;
  readonly evidence: unknown;
}

export interface ChargeFilter {
  readonly states?: readonly ChargeState[] | null;
  readonly dueFrom?: Date | null;
  readonly dueTo?: Date | null;
  readonly billingKeyId?: string | null;
  readonly scheduleId?: string | null;
  readonly bulkChargeId?: string | null;
  readonly providerAccountId?: string | null;
  readonly orderIdPrefix?: string | null;
  readonly failureCode?: string | null;
}

const VIEW_COLUMNS = `${CHARGE_COLUMNS}, c.provider_code AS "providerCode",
  c.provider_message AS "providerMessage", c.retry_reason AS "retryReason", c.wait_reason AS "waitReason", c.next_look_at AS "nextLookAt",
  c.refunded_minor AS "refundedMinor", c.request_hash AS "requestHash",
  c.created_at AS "createdAt", c.settled_at AS "settledAt"`;

export const findCharges = (
  tx: Transaction,
  merchantId: string,
  ids: readonly string[],
): Promise<ChargeView[]> =>
  tx.query(`SELECT ${VIEW_COLUMNS} FROM charges c WHERE c.merchant_id = $1 AND c.id = ANY($2)`, [
    merchantId,
    ids,
  ]);

export const findChargeByOrder = async (
  tx: Transaction,
  merchantId: string,
  orderId: string,
): Promise<ChargeView | undefined> => {
  const [row] = await tx.query<ChargeView>(
    `SELECT ${VIEW_COLUMNS} FROM charges c WHERE c.merchant_id = $1 AND c.order_id = $2`,
    [merchantId, orderId],
  );
  return row;
};

export interface ChargeListing {
  readonly filter: ChargeFilter;
  readonly page: Page;
  /** A bulk's items stand in the order of their lines; any other list has the newest first. */
  readonly isByLine?: boolean;
}

/** A prefix is a range, since LIKE is not leakproof under row-level security. */
export const listCharges = async (
  tx: Transaction,
  merchantId: string,
  { filter, page, isByLine }: ChargeListing,
): Promise<Slice<ChargeView>> => {
  const parameters: unknown[] = [merchantId];
  const conditions = conditionsOf(filter).map(([condition, value]) => {
    parameters.push(value);
    return ` AND ${condition.replace('?', `$${parameters.length}`)}`;
  });
  const keyset = keysetOf(page, {
    ...(isByLine
      ? ({ column: 'c.bulk_line', type: 'int', direction: 'ASC' } as const)
      : ({ column: 'c.id', type: 'uuid', direction: 'DESC' } as const)),
    firstParameter: parameters.length + 1,
  });
  const rows = await tx.query<ChargeView>(
    `SELECT ${VIEW_COLUMNS} FROM charges c
     WHERE c.merchant_id = $1${conditions.join('')}${keyset.where}${keyset.tail}`,
    [...parameters, ...keyset.parameters],
  );
  return sliceOf(rows, page);
};

/** The last code point: every order id that begins with the prefix sorts below prefix + this. */
const HIGHEST = '\u{10FFFF}';

const conditionsOf = (filter: ChargeFilter): [string, unknown][] => {
  const prefix = filter.orderIdPrefix;
  const candidates: [string, unknown][] = [
    ['c.state = ANY(?)', filter.states],
    ['c.due_at >= ?', filter.dueFrom],
    ['c.due_at < ?', filter.dueTo],
    ['c.billing_key_id = ?', filter.billingKeyId],
    ['c.schedule_id = ?', filter.scheduleId],
    ['c.bulk_charge_id = ?', filter.bulkChargeId],
    ['c.provider_account_id = ?', filter.providerAccountId],
    ['c.failure_code = ?', filter.failureCode],
    ['c.order_id >= ?', prefix],
    ['c.order_id < ?', prefix && prefix + HIGHEST],
  ];
  return candidates.filter(([, value]) => value !== null && value !== undefined && value !== '');
};

export const listAttempts = (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<AttemptView[]> =>
  tx.query(
    `SELECT id, charge_id AS "chargeId", number, provider_reference AS "providerReference",
       provider_payment_id AS "providerPaymentId", outcome, failure_code AS "failureCode",
       provider_code AS "providerCode", provider_message AS "providerMessage", sends,
       sent_at AS "sentAt", settled_at AS "settledAt", answer
     FROM attempts WHERE merchant_id = $1 AND charge_id = ANY($2) ORDER BY charge_id, number`,
    [merchantId, chargeIds],
  );

export const listTransitions = (
  tx: Transaction,
  merchantId: string,
  chargeIds: readonly string[],
): Promise<TransitionView[]> =>
  tx.query(
    `SELECT charge_id AS "chargeId", version, NULLIF(from_state, 'NONE') AS "from",
       to_state AS "to", at, cause, evidence
     FROM charge_transitions WHERE merchant_id = $1 AND charge_id = ANY($2)
     ORDER BY charge_id, version`,
    [merchantId, chargeIds],
  );
