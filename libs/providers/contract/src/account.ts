export type ProviderName = 'PORTONE' | 'NEXI';

/**
 * What an adapter needs to speak for one merchant at one provider. Credentials are in the clear:
 * never log or store this.
 */
export interface AccountAccess {
  readonly providerAccountId: string;
  readonly provider: ProviderName;
  readonly baseUrl: string;
  /** PortOne: `imp_key`, `imp_secret`. Nexi: `secret_key`, `checkout_key`. */
  readonly credentials: Readonly<Record<string, string>>;
  /** Nexi: sent back to us as the `Authorization` of each webhook. */
  readonly webhookSecret: string;
  /** Where this account's webhooks are to be sent (absolute URL). */
  readonly notificationUrl: string;
  readonly termsUrl: string;
  /** Whether an identical request under its stored key is answered, not executed again. */
  readonly replay: 'ENFORCED' | 'UNPROVEN';
  /**
   * Whether a reference whose payment failed may be used again (PortOne: not on Naver and Smartro
   * channels).
   */
  readonly isReferenceReusable: boolean;
  readonly isRawCardRegistrationOn: boolean;
}

export interface Capabilities {
  /** The provider can hold a payment and fire it at its time. */
  readonly providerSchedule: boolean;
  /** One call takes many charges, asynchronously. */
  readonly nativeBulk: boolean;
  readonly bulkOperationSize: number;
  /**
   * CONCLUSIVE: absent three times over the quiet period proves it never happened. POSITIVE_ONLY:
   * absence proves nothing.
   */
  readonly lookUp: 'CONCLUSIVE' | 'POSITIVE_ONLY';
  readonly replay: 'ENFORCED' | 'UNPROVEN' | 'NONE';
  /** What was captured in a span of time can be listed, ours or not. */
  readonly captureList: boolean;
  /** A refund sent once more is done once: answered from its key, or compared with the balance. */
  readonly repeatableRefund: boolean;
  readonly reusableReference: boolean;
  readonly attach: boolean;
  readonly hostedRegistration: boolean;
  readonly rawCardRegistration: boolean;
}
