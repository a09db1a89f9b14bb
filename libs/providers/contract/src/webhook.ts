/** What a webhook is about. Nothing in it is believed before the provider was asked. */
export interface WebhookHint {
  /** Nexi: whether the `Authorization` header is ours. PortOne signs nothing: always true. */
  readonly isAuthentic: boolean;
  /** Deliveries of one event share it. */
  readonly dedupeKey: string;
  readonly event: string;
  /** What it says happened: decides only whether asking is worth a call. */
  readonly claims: 'CAPTURED' | 'FAILED' | 'REFUNDED' | 'REGISTERED' | 'OTHER';
  readonly providerPaymentId: string | null;
  readonly reference: string | null;
  readonly orderId: string | null;
}
