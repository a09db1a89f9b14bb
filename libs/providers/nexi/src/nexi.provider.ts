import { invariant } from '#kernel';
import type { HttpSender } from '#platform/http';
import type {
  AccountAccess,
  BulkPage,
  BulkRequest,
  BulkSubmission,
  Capabilities,
  CapturePage,
  ChargeQuestion,
  ChargeRequest,
  FrozenRequest,
  HostedRegistrationRequest,
  HostedRegistrationStart,
  Issue,
  KeyDeletion,
  Outcome,
  Provider,
  Reading,
  RefundOutcome,
  RefundReading,
  RefundRequest,
  RegistrationReading,
  ScheduleReading,
  ScheduleRevocation,
  ScheduleSubmission,
  WebhookHint,
} from '#providers/contract';
import { readAgreement, readRegistration, startRegistration } from './agreements.js';
import { classifyBulk, readBulkPage } from './bulk.js';
import { classifyCharge } from './classify-charge.js';
import { NexiClient } from './nexi.client.js';
import { findPayments, readPayment } from './payments.js';
import { classifyRefund, readRefunds } from './refunds.js';
import { describeBulk, describeCharge, describeRefund, thawCharge } from './requests.js';
import { readWebhook } from './webhook.js';
import { keepAnswer } from './wire.js';

/**
 * The provider names no maximum; with this one, an operation of unknown outcome holds up few
 * (reliability bar §2.3).
 */
const BULK_SIZE = 500;
/** No payment has it; asking for it shows whether the key opens the door. */
const NOBODYS_PAYMENT = '0'.repeat(32);

/** Nexi Checkout (Nets Easy): unscheduled subscriptions. */
export class NexiProvider implements Provider {
  readonly name = 'NEXI';
  /** Every amount of its API is an int32. */
  readonly amountMaxMinor = 2_147_483_647;
  readonly #client: NexiClient;

  constructor(http: HttpSender, nowMs?: () => number) {
    this.#client = new NexiClient(http, nowMs);
  }

  capabilities(account: AccountAccess): Capabilities {
    return {
      providerSchedule: false,
      nativeBulk: true,
      bulkOperationSize: BULK_SIZE,
      // `charges/status` answers 404 also for what was declined or is under way.
      lookUp: 'POSITIVE_ONLY',
      replay: account.replay,
      // Payments are read by their ids alone.
      captureList: false,
      // Its key is all that tells a refund from another of the same amount.
      repeatableRefund: account.replay === 'ENFORCED',
      // A key answers with its first result for ever, so a new attempt needs a new one.
      reusableReference: false,
      attach: true,
      hostedRegistration: true,
      rawCardRegistration: false,
    };
  }

  async testAccess(account: AccountAccess): ReturnType<Provider['testAccess']> {
    const path = `/v1/payments/${NOBODYS_PAYMENT}`;
    const answer = await this.#client.send(account, { method: 'GET', path });
    if (answer.kind !== 'ANSWERED') return { kind: 'UNAVAILABLE', reason: answer.reason };
    if (answer.status === 401) return { kind: 'ABSENT', answer: keepAnswer(answer) };
    return [200, 400, 404].includes(answer.status)
      ? { kind: 'FOUND', notes: [] }
      : { kind: 'UNAVAILABLE', reason: `HTTP ${answer.status}` };
  }

  readKey(account: AccountAccess, providerKey: string): ReturnType<Provider['readKey']> {
    return readAgreement(this.#client, account, providerKey);
  }

  async issueKey(): Promise<Issue> {
    return { kind: 'UNSUPPORTED', alternative: 'startCardRegistration' };
  }

  startRegistration(
    account: AccountAccess,
    request: HostedRegistrationRequest,
  ): Promise<HostedRegistrationStart> {
    return startRegistration(this.#client, account, request);
  }

  readRegistration(
    account: AccountAccess,
    providerPaymentId: string,
  ): Promise<RegistrationReading> {
    return readRegistration(this.#client, account, providerPaymentId);
  }

  /** There is no call to end an agreement (trap 25): it ends by not being used. */
  async deleteKey(): Promise<KeyDeletion> {
    return { kind: 'FORGOTTEN' };
  }

  describeCharge(account: AccountAccess, request: ChargeRequest): FrozenRequest {
    return describeCharge(account, request);
  }

  async sendCharge(account: AccountAccess, request: FrozenRequest): Promise<Outcome> {
    return classifyCharge(thawCharge(request), await this.#client.send(account, request));
  }

  findPayments(
    account: AccountAccess,
    question: ChargeQuestion,
  ): ReturnType<Provider['findPayments']> {
    return findPayments(this.#client, account, question);
  }

  readPayment(
    account: AccountAccess,
    providerPaymentId: string,
  ): ReturnType<Provider['readPayment']> {
    return readPayment(this.#client, account, providerPaymentId);
  }

  async listCaptures(): Promise<Reading<CapturePage>> {
    invariant(false, 'expected nobody to ask Nexi for its captures: capabilities say it has none');
  }

  describeSchedule(): FrozenRequest {
    return withoutSchedules();
  }

  async sendSchedule(): Promise<ScheduleSubmission> {
    return withoutSchedules();
  }

  async readSchedule(): Promise<ScheduleReading> {
    return withoutSchedules();
  }

  async revokeSchedule(): Promise<ScheduleRevocation> {
    return withoutSchedules();
  }

  describeBulk(account: AccountAccess, request: BulkRequest): FrozenRequest {
    return describeBulk(account, request);
  }

  async sendBulk(account: AccountAccess, request: FrozenRequest): Promise<BulkSubmission> {
    return classifyBulk(await this.#client.send(account, request));
  }

  readBulkPage(
    account: AccountAccess,
    question: {
      readonly providerOperationId: string;
      readonly skip: number;
      readonly take: number;
    },
  ): Promise<BulkPage> {
    return readBulkPage(this.#client, account, question);
  }

  describeRefund(_account: AccountAccess, request: RefundRequest): FrozenRequest {
    return describeRefund(request);
  }

  async sendRefund(account: AccountAccess, request: FrozenRequest): Promise<RefundOutcome> {
    return classifyRefund(await this.#client.send(account, request));
  }

  readRefunds(account: AccountAccess, providerPaymentId: string): Promise<RefundReading> {
    return readRefunds(this.#client, account, providerPaymentId);
  }

  readWebhook(
    account: AccountAccess,
    delivery: {
      readonly headers: Readonly<Record<string, string | undefined>>;
      readonly body: unknown;
    },
  ): WebhookHint {
    return readWebhook(account, delivery);
  }
}

const withoutSchedules = (): never => {
  invariant(false, 'expected nobody to ask Nexi for a schedule: capabilities say it has none');
};
