/** What an operator must see. */
export const INCIDENT_KINDS = [
  /** Captured after we had called it failed, canceled or skipped. */
  'LATE_SUCCESS',
  /** A capture beside the one that counts. */
  'DUPLICATE_CAPTURE',
  'AMOUNT_DIFFERS',
  /** A payment under our reference, of somebody else. */
  'FOREIGN_PAYMENT',
  /** The provider refuses our credentials, settings or request. */
  'CONFIGURATION',
  /** Set aside: its outcome could not be written, or handling it ended the process again and again. */
  'QUARANTINED',
  /** A bulk operation whose answer was lost, where a replay is not proved to be answered. */
  'UNCLEAR_OPERATION',
] as const;
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

export interface Incident {
  readonly id: string;
  readonly kind: IncidentKind;
  /** Absent: of the account, of no charge in particular. */
  readonly chargeId: string | null;
  readonly providerAccountId: string | null;
  readonly detail: Readonly<Record<string, unknown>>;
  readonly openedAt: Date;
  readonly resolvedAt: Date | null;
  readonly resolvedBy: string | null;
  readonly resolutionNote: string | null;
}

export interface IncidentFilter {
  readonly kinds?: readonly IncidentKind[] | null;
  /** True: the open ones; false: the resolved ones. */
  readonly isOpen?: boolean | null;
  readonly chargeId?: string | null;
  readonly providerAccountId?: string | null;
  /** Inclusive. */
  readonly openedFrom?: Date | null;
  /** Exclusive. */
  readonly openedTo?: Date | null;
}
