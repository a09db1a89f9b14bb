import type { FailureClass, FailureCode, OrderItem } from '#kernel';
import { businessInstant, type BusinessInstant, type MachineInstant } from '#platform/clock';

import type { ChargeState } from './charge-state.js';

/** A charge as the door works with it: its row. */
export interface Charge {
  readonly id: string;
  readonly providerAccountId: string;
  readonly billingKeyId: string;
  readonly orderId: string;
  readonly orderName: string;
  readonly orderItems: readonly OrderItem[];
  readonly amountMinor: number;
  readonly currency: string;
  readonly origin: 'REQUEST' | 'SCHEDULE' | 'BULK';
  readonly scheduleId: string | null;
  readonly occurrenceNumber: number | null;
  readonly bulkChargeId: string | null;
  readonly bulkLine: number | null;
  readonly retryPolicyId: string | null;
  readonly isRetryOff: boolean;
  /** Its order and key stay as they are while it waits, though its schedule has others by now. */
  readonly keepsTerms: boolean;
  readonly state: ChargeState;
  readonly version: number;
  readonly dueAt: BusinessInstant;
  /** When it may be claimed next: its due time, then each retry's. */
  readonly sendAt: BusinessInstant;
  readonly attemptCount: number;
  /** Retry steps used up. */
  readonly declines: number;
  /** Transient and configuration failures in a row: steps of their classes, not of SOFT. */
  readonly setbacks: number;
  /** Sends in a row that nobody read, not let out or refused for being too many: back-off, not a step. */
  readonly nonSends: number;
  readonly failureCode: FailureCode | null;
  readonly failureClass: FailureClass | null;
  /** What the days of its retry policy are counted from. */
  readonly firstFailedAt: BusinessInstant | null;
  readonly looks: number;
  readonly absents: number;
  readonly firstAbsentAt: MachineInstant | null;
  readonly unresolvedSince: MachineInstant | null;
  readonly leaseToken: string | null;
  readonly leaseUntil: MachineInstant | null;
}

/** Waits for something else than its time: a time that no clock shows, so that neither a claim nor the next due time sees it. */
export const PARKED_UNTIL = businessInstant('9999-01-01T00:00:00Z');

/** The attempt under way. */
export interface Attempt {
  readonly id: string;
  readonly number: number;
  readonly kind: 'CHARGE' | 'SCHEDULE' | 'BULK';
  readonly providerReference: string;
  readonly sends: number;
  readonly providerPaymentId: string | null;
}

/** An order that is to be collected. Ids are made by the caller. */
export interface NewCharge {
  readonly id: string;
  readonly providerAccountId: string;
  readonly billingKeyId: string;
  readonly orderId: string;
  readonly orderName: string;
  readonly orderItems: readonly OrderItem[];
  readonly amountMinor: number;
  readonly currency: string;
  readonly origin: Charge['origin'];
  readonly scheduleId?: string;
  readonly occurrenceNumber?: number;
  readonly bulkChargeId?: string;
  readonly bulkLine?: number;
  readonly retryPolicyId?: string | null;
  readonly isRetryOff?: boolean;
  readonly requestHash?: string;
  readonly dueAt: BusinessInstant;
  readonly cause: string;
}

/** Column list that reads a row of `charges c` as a Charge. */
export const CHARGE_COLUMNS = `
  c.id, c.provider_account_id AS "providerAccountId", c.billing_key_id AS "billingKeyId",
  c.order_id AS "orderId", c.order_name AS "orderName", c.order_items AS "orderItems",
  c.amount_minor AS "amountMinor", c.currency, c.origin, c.schedule_id AS "scheduleId",
  c.occurrence_number AS "occurrenceNumber", c.bulk_charge_id AS "bulkChargeId",
  c.bulk_line AS "bulkLine", c.retry_policy_id AS "retryPolicyId",
  c.is_retry_off AS "isRetryOff", c.keeps_terms AS "keepsTerms", c.state, c.version, c.due_at AS "dueAt", c.send_at AS "sendAt",
  c.attempt_count AS "attemptCount", c.declines, c.setbacks, c.non_sends AS "nonSends",
  c.failure_code AS "failureCode",
  c.failure_class AS "failureClass", c.first_failed_at AS "firstFailedAt", c.looks, c.absents, c.first_absent_at AS "firstAbsentAt",
  c.unresolved_since AS "unresolvedSince", c.lease_token AS "leaseToken",
  c.lease_until AS "leaseUntil"`;
