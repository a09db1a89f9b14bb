import type { FailureCode, Money, Order } from '#kernel';

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
  readonly reusableReference: boolean;
  readonly attach: boolean;
  readonly hostedRegistration: boolean;
  readonly rawCardRegistration: boolean;
}

/**
 * A request as it will stand on the wire: written down before it is sent, the same bytes on every
 * resend. Holds no credentials.
 */
export interface FrozenRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the provider said, redacted: kept beside what we made of it. */
export interface ProviderAnswer {
  readonly status: number | null;
  readonly body: unknown;
}

export interface Failure {
  readonly failureCode: FailureCode;
  readonly providerCode: string | null;
  readonly providerMessage: string | null;
}

/** What one submission of a charge came to. What no rule names is UNKNOWN. */
export type Outcome = { readonly answer?: ProviderAnswer } & (
  | { readonly kind: 'NOT_SENT'; readonly reason: string; readonly retryAfterSeconds?: number }
  | ({ readonly kind: 'REJECTED'; readonly retryAfterSeconds?: number } & Failure)
  | ({ readonly kind: 'DECLINED'; readonly providerPaymentId: string | null } & Failure)
  | {
      readonly kind: 'SUCCEEDED';
      readonly providerPaymentId: string;
      readonly providerChargeId: string | null;
      readonly captured: Money;
    }
  | { readonly kind: 'PENDING'; readonly providerPaymentId: string | null }
  | {
      readonly kind: 'UNKNOWN';
      readonly reason: string;
      /** Known when the answer named a payment, though not its fate. */
      readonly providerPaymentId?: string;
    }
);
export type OutcomeKind = Outcome['kind'];

export interface ChargeRequest {
  /** `[a-z0-9]{20,36}`: PortOne's `merchant_uid`; Nexi's `Idempotency-Key` and `myReference`. */
  readonly providerReference: string;
  readonly providerKey: string;
  readonly order: Order;
}

/** A payment as the provider tells it. */
export interface ProviderPayment {
  readonly providerPaymentId: string;
  readonly providerChargeId: string | null;
  /** Our reference, where the provider echoes it. */
  readonly reference: string | null;
  readonly providerKey: string | null;
  readonly status: 'PENDING' | 'PAID' | 'FAILED' | 'CANCELED';
  /** The amount the payment is for. */
  readonly amount: Money;
  /** What was captured in all, refunds not taken off. */
  readonly capturedMinor: number;
  readonly refundedMinor: number;
  readonly failure: Failure | null;
  readonly answer: ProviderAnswer;
}

export type Reading<T> =
  | ({ readonly kind: 'FOUND' } & T)
  | { readonly kind: 'ABSENT'; readonly answer?: ProviderAnswer }
  | { readonly kind: 'UNAVAILABLE'; readonly reason: string; readonly retryAfterSeconds?: number };

export interface ChargeQuestion {
  /** All the references this charge ever used on this key. */
  readonly references: readonly string[];
  readonly providerKey: string;
  readonly order: Order;
  /** Named by an earlier answer or a webhook. */
  readonly providerPaymentIds: readonly string[];
}

export interface Card {
  /** e.g. `4092****1234`; as the provider masks it. */
  readonly maskedNumber: string | null;
  readonly brand: string | null;
  /** "2029-10", where the provider tells it. */
  readonly expiresOn: string | null;
}

/** Passes through once, in memory; never logged or stored. */
export interface RawCard {
  readonly number: string;
  readonly expiryYear: string;
  readonly expiryMonth: string;
  readonly birthOrBusinessNumber?: string;
  readonly passwordTwoDigits?: string;
  readonly cvc?: string;
}

export type Issue =
  | { readonly kind: 'ISSUED'; readonly card: Card }
  | ({ readonly kind: 'REFUSED' } & Failure)
  | { readonly kind: 'NOT_SENT' | 'UNKNOWN'; readonly reason: string }
  | { readonly kind: 'UNSUPPORTED'; readonly alternative: string };

export interface HostedRegistrationRequest {
  /** Our reference of the registration, ≤ 36 characters. */
  readonly reference: string;
  readonly currency: string;
  readonly returnUrl: string;
}
export type HostedRegistrationStart =
  | { readonly kind: 'STARTED'; readonly providerPaymentId: string; readonly paymentUrl: string }
  | ({ readonly kind: 'REFUSED' } & Failure)
  | { readonly kind: 'NOT_SENT' | 'UNKNOWN'; readonly reason: string }
  | { readonly kind: 'UNSUPPORTED'; readonly alternative: string };

export type RegistrationReading = Reading<
  | { readonly status: 'PENDING' }
  | { readonly status: 'COMPLETED'; readonly providerKey: string; readonly card: Card }
  | { readonly status: 'FAILED'; readonly reason: string }
>;

export type KeyDeletion =
  | { readonly kind: 'DELETED' }
  /** The provider has no such call (Nexi): we forget the key on our side. */
  | { readonly kind: 'FORGOTTEN' }
  | { readonly kind: 'FAILED'; readonly reason: string };

export type ScheduleSubmission = { readonly answer?: ProviderAnswer } & (
  | { readonly kind: 'REGISTERED' }
  | ({ readonly kind: 'REJECTED' } & Failure)
  | { readonly kind: 'NOT_SENT' | 'UNKNOWN'; readonly reason: string }
);

export type ScheduleReading = Reading<{
  readonly status: 'SCHEDULED' | 'EXECUTED' | 'REVOKED';
  /** Seconds since 1970, provider's clock. */
  readonly dueAtSeconds: number;
  readonly amount: Money;
  readonly providerPaymentId: string | null;
  readonly answer: ProviderAnswer;
}>;

export type ScheduleRevocation =
  /** Only this says that the provider will not fire. */
  | { readonly kind: 'REVOKED' }
  | { readonly kind: 'NOTHING_TO_REVOKE' }
  | { readonly kind: 'NOT_SENT' | 'UNKNOWN'; readonly reason: string };

export interface BulkRequest {
  /** Nexi's `externalBulkChargeId`, 1–64 characters. */
  readonly externalOperationId: string;
  readonly items: readonly ChargeRequest[];
}
export type BulkSubmission = { readonly answer?: ProviderAnswer } & (
  | { readonly kind: 'ACCEPTED'; readonly providerOperationId: string }
  | ({
      readonly kind: 'REJECTED';
      readonly retryAfterSeconds?: number;
      /** Indexes of the items the error names; empty when it names none. */
      readonly itemIndexes: readonly number[];
    } & Failure)
  | { readonly kind: 'NOT_SENT'; readonly reason: string; readonly retryAfterSeconds?: number }
  | { readonly kind: 'UNKNOWN'; readonly reason: string }
);

export interface BulkItemReading {
  readonly providerKey: string;
  readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  readonly providerPaymentId: string | null;
  readonly providerChargeId: string | null;
  readonly failure: Failure | null;
}
export type BulkPage = Reading<{
  readonly items: readonly BulkItemReading[];
  readonly hasMore: boolean;
  readonly isDone: boolean;
}>;

export interface RefundRequest {
  /** Our id of the refund without hyphens: Nexi's `Idempotency-Key`. */
  readonly reference: string;
  readonly providerPaymentId: string;
  readonly providerChargeId: string | null;
  readonly amount: Money;
  readonly capturedMinor: number;
  /** Before this refund. PortOne's `checksum` is captured − this. */
  readonly refundedBeforeMinor: number;
  readonly order: Order;
  readonly reason: string;
}
export type RefundOutcome = { readonly answer?: ProviderAnswer } & (
  | { readonly kind: 'SUCCEEDED' | 'PENDING'; readonly providerRefundId: string | null }
  | ({ readonly kind: 'FAILED' } & Failure)
  | { readonly kind: 'NOT_SENT' | 'UNKNOWN'; readonly reason: string }
);
export type RefundReading = Reading<{
  /** Everything refunded on the payment so far. */
  readonly refundedMinor: number;
  readonly refunds: readonly {
    readonly providerRefundId: string;
    readonly amountMinor: number;
    readonly status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  }[];
}>;

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

/**
 * A provider, whole: every adapter has every method; `capabilities` says which of them do
 * something. Methods return outcomes and never throw for what the network or the provider did.
 */
export interface Provider {
  readonly name: ProviderName;
  capabilities(account: AccountAccess): Capabilities;

  /** Asks with the account's credentials whether they work. */
  testAccess(account: AccountAccess): Promise<Reading<{ readonly notes: readonly string[] }>>;

  /** `providerKey` as the provider itself spells it: what to store, so that its answers match. */
  readKey(
    account: AccountAccess,
    providerKey: string,
  ): Promise<Reading<{ readonly card: Card; readonly providerKey?: string }>>;
  issueKey(account: AccountAccess, providerKey: string, card: RawCard): Promise<Issue>;
  startRegistration(
    account: AccountAccess,
    request: HostedRegistrationRequest,
  ): Promise<HostedRegistrationStart>;
  readRegistration(account: AccountAccess, providerPaymentId: string): Promise<RegistrationReading>;
  deleteKey(account: AccountAccess, providerKey: string, reason: string): Promise<KeyDeletion>;

  describeCharge(account: AccountAccess, request: ChargeRequest): FrozenRequest;
  sendCharge(account: AccountAccess, request: FrozenRequest): Promise<Outcome>;
  /** Every payment the provider knows under these references and ids. */
  findPayments(
    account: AccountAccess,
    question: ChargeQuestion,
  ): Promise<Reading<{ readonly payments: readonly ProviderPayment[] }>>;
  readPayment(
    account: AccountAccess,
    providerPaymentId: string,
  ): Promise<Reading<{ readonly payment: ProviderPayment }>>;

  describeSchedule(
    account: AccountAccess,
    request: ChargeRequest & { readonly dueAtSeconds: number },
  ): FrozenRequest;
  sendSchedule(account: AccountAccess, request: FrozenRequest): Promise<ScheduleSubmission>;
  readSchedule(account: AccountAccess, reference: string): Promise<ScheduleReading>;
  revokeSchedule(
    account: AccountAccess,
    question: { readonly providerKey: string; readonly reference: string },
  ): Promise<ScheduleRevocation>;

  describeBulk(account: AccountAccess, request: BulkRequest): FrozenRequest;
  sendBulk(account: AccountAccess, request: FrozenRequest): Promise<BulkSubmission>;
  readBulkPage(
    account: AccountAccess,
    question: {
      readonly providerOperationId: string;
      readonly skip: number;
      readonly take: number;
    },
  ): Promise<BulkPage>;

  describeRefund(account: AccountAccess, request: RefundRequest): FrozenRequest;
  sendRefund(account: AccountAccess, request: FrozenRequest): Promise<RefundOutcome>;
  readRefunds(account: AccountAccess, providerPaymentId: string): Promise<RefundReading>;

  readWebhook(
    account: AccountAccess,
    delivery: {
      readonly headers: Readonly<Record<string, string | undefined>>;
      readonly body: unknown;
    },
  ): WebhookHint;
}
