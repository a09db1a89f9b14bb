import type { BusinessInstant } from '#platform/clock';

/** Moving one test clock to a time, step by step through everything that falls due on the way: its row. */
export interface ClockOperation {
  readonly id: string;
  readonly merchantId: string;
  readonly providerAccountId: string;
  readonly fromAt: BusinessInstant;
  readonly toAt: BusinessInstant;
  /** How far the account's clock has come. */
  readonly reachedAt: BusinessInstant;
  /** How far the sandbox's clock is known to have come along. */
  readonly toldAt: BusinessInstant;
  readonly status: 'RUNNING' | 'COMPLETED' | 'FAILED';
  readonly message: string | null;
  readonly createdAt: Date;
  readonly completedAt: Date | null;
}

/** What happened on the way. */
export interface ClockOutcome {
  readonly succeeded: number;
  readonly failed: number;
  readonly retried: number;
  readonly money: readonly { readonly currency: string; readonly amountMinor: number }[];
}

/** Where the sandbox stands that serves this account's API: the same origin, without the provider's own path. */
export const sandboxOf = (baseUrl: string): string | undefined =>
  /^(https?:\/\/.+)\/(portone|nexi)$/.exec(baseUrl)?.[1];
