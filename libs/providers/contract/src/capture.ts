import type { Money } from '#kernel';

export interface CaptureQuestion {
  /** Seconds since 1970 on the provider's clock; both ends are meant. At most 90 days apart. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** From 1. */
  readonly page: number;
}

/** A capture as a list of the account's names it: whose it is, its reader decides. */
export interface ListedCapture {
  readonly providerPaymentId: string;
  readonly capturedAtSeconds: number;
  /** Whatever whoever asked for it called it. */
  readonly reference: string;
  /** As we sent it along; null where there is none. */
  readonly orderId: string | null;
  /** Null in a currency we do not know. */
  readonly amount: Money | null;
}

/** A page, earliest first. */
export interface CapturePage {
  readonly captures: readonly ListedCapture[];
  readonly hasMore: boolean;
}
