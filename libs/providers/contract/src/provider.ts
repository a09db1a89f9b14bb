import type { AccountAccess, Capabilities, ProviderName } from './account.js';
import type { FrozenRequest, Reading } from './answer.js';
import type { BulkPage, BulkRequest, BulkSubmission } from './bulk.js';
import type { CapturePage, CaptureQuestion } from './capture.js';
import type { ChargeQuestion, ChargeRequest, Outcome, ProviderPayment } from './charge.js';
import type {
  Card,
  HostedRegistrationRequest,
  HostedRegistrationStart,
  Issue,
  KeyDeletion,
  RawCard,
  RegistrationReading,
} from './key.js';
import type { RefundOutcome, RefundReading, RefundRequest } from './refund.js';
import type { ScheduleReading, ScheduleRevocation, ScheduleSubmission } from './schedule.js';
import type { WebhookHint } from './webhook.js';

/**
 * A provider, whole: every adapter has every method; `capabilities` says which of them do
 * something. Methods return outcomes and never throw for what the network or the provider did.
 */
export interface Provider {
  readonly name: ProviderName;
  /** The most that one payment can have, minor units. */
  readonly amountMaxMinor: number;
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
  /** What was captured on the account in a span of time, whoever asked for it. */
  listCaptures(account: AccountAccess, question: CaptureQuestion): Promise<Reading<CapturePage>>;

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
