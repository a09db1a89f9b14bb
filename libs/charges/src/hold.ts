/** Whose sending a hold stops. */
export const HOLD_SCOPES = ['MERCHANT', 'PROVIDER_ACCOUNT', 'SCHEDULE'] as const;
export type HoldScope = (typeof HOLD_SCOPES)[number];

/** Somebody stopped new sends, and why. It stands until somebody releases it. */
export interface Hold {
  readonly id: string;
  readonly scope: HoldScope;
  /** Of a merchant: its own id. */
  readonly subjectId: string;
  readonly reason: string;
  readonly heldBy: string;
  readonly heldAt: Date;
  readonly releasedBy: string | null;
  readonly releasedAt: Date | null;
  readonly releaseReason: string | null;
}

/** What of an account is held: all of it, or the charges of some schedules. */
export interface Held {
  readonly isAccountHeld: boolean;
  readonly scheduleIds: readonly string[];
}

/** Whether a charge of this schedule, or of none, must wait. */
export const isHeld = ({ isAccountHeld, scheduleIds }: Held, scheduleId: string | null): boolean =>
  isAccountHeld || (scheduleId !== null && scheduleIds.includes(scheduleId));

/** The hold under which a charge waits; of several the widest. */
export const holdOver = (
  holds: readonly Hold[],
  charge: { readonly providerAccountId: string; readonly scheduleId: string | null },
): Hold | undefined =>
  holds.find(({ scope }) => scope === 'MERCHANT') ??
  holds.find(({ subjectId }) => subjectId === charge.providerAccountId) ??
  holds.find(({ subjectId }) => subjectId === charge.scheduleId);
