import { AMOUNT_MAX_MINOR, invariant } from '#kernel';
import type { HttpSender } from '#platform/http';
import type {
  AccountAccess,
  BulkPage,
  BulkSubmission,
  Capabilities,
  CapturePage,
  CaptureQuestion,
  ChargeQuestion,
  ChargeRequest,
  FrozenRequest,
  HostedRegistrationStart,
  Issue,
  KeyDeletion,
  Outcome,
  Provider,
  RawCard,
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
import { listCaptures } from './captures.js';
import { classifyCharge } from './classify-charge.js';
import { deleteKey, issueKey, readKey } from './keys.js';
import { findPayments, readWirePayment } from './payments.js';
import { PortoneClient } from './portone.client.js';
import { classifyRefund, readRefunds } from './refunds.js';
import {
  describeCharge,
  describeRefund,
  describeSchedule,
  thawCharge,
  thawRefund,
  thawSchedule,
} from './requests.js';
import { classifySchedule, readScheduleOf, revokeSchedule } from './schedules.js';
import { readWebhook } from './webhook.js';
import { keepAnswer } from './wire.js';

/**
 * PortOne V1 (i'mport). Its console can charge failed schedules again on its own; connecting an
 * account says so.
 */
export class PortoneProvider implements Provider {
  readonly name = 'PORTONE';
  /** It names none: what any order can have. */
  readonly amountMaxMinor = AMOUNT_MAX_MINOR;
  readonly #client: PortoneClient;

  constructor(http: HttpSender, nowMs?: () => number) {
    this.#client = new PortoneClient(http, nowMs);
  }

  capabilities(account: AccountAccess): Capabilities {
    return {
      providerSchedule: true,
      nativeBulk: false,
      bulkOperationSize: 1,
      // findAll shows every payment a reference ever had.
      lookUp: 'CONCLUSIVE',
      // A used reference is refused, not answered with its result.
      replay: 'NONE',
      captureList: true,
      // `checksum`: what is not the balance it was meant for is refused.
      repeatableRefund: true,
      reusableReference: account.isReferenceReusable,
      attach: true,
      hostedRegistration: false,
      rawCardRegistration: account.isRawCardRegistrationOn,
    };
  }

  async testAccess(account: AccountAccess): ReturnType<Provider['testAccess']> {
    const access = await this.#client.knock(account);
    if (access.kind === 'GRANTED') return { kind: 'FOUND', notes: [RECOVERY_NOTE] };
    if (access.kind === 'ANSWERED') return { kind: 'ABSENT', answer: keepAnswer(access) };
    return { ...access, kind: 'UNAVAILABLE' };
  }

  readKey(account: AccountAccess, providerKey: string): ReturnType<Provider['readKey']> {
    return readKey(this.#client, account, providerKey);
  }

  issueKey(account: AccountAccess, providerKey: string, card: RawCard): Promise<Issue> {
    return issueKey(this.#client, account, { providerKey, card });
  }

  async startRegistration(): Promise<HostedRegistrationStart> {
    return NOT_HOSTED;
  }

  async readRegistration(): Promise<RegistrationReading> {
    return { kind: 'ABSENT' };
  }

  deleteKey(account: AccountAccess, providerKey: string, reason: string): Promise<KeyDeletion> {
    return deleteKey(this.#client, account, { providerKey, reason });
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

  async readPayment(
    account: AccountAccess,
    providerPaymentId: string,
  ): ReturnType<Provider['readPayment']> {
    const read = await readWirePayment(this.#client, account, providerPaymentId);
    return read.kind === 'FOUND' ? { kind: 'FOUND', payment: read.payment } : read;
  }

  listCaptures(account: AccountAccess, question: CaptureQuestion): Promise<Reading<CapturePage>> {
    return listCaptures(this.#client, account, question);
  }

  describeSchedule(
    account: AccountAccess,
    request: ChargeRequest & { readonly dueAtSeconds: number },
  ): FrozenRequest {
    return describeSchedule(account, request);
  }

  async sendSchedule(account: AccountAccess, request: FrozenRequest): Promise<ScheduleSubmission> {
    return classifySchedule(thawSchedule(request), await this.#client.send(account, request));
  }

  readSchedule(account: AccountAccess, reference: string): Promise<ScheduleReading> {
    return readScheduleOf(this.#client, account, reference);
  }

  revokeSchedule(
    account: AccountAccess,
    question: { readonly providerKey: string; readonly reference: string },
  ): Promise<ScheduleRevocation> {
    return revokeSchedule(this.#client, account, question);
  }

  describeBulk(): FrozenRequest {
    return withoutBulk();
  }

  async sendBulk(): Promise<BulkSubmission> {
    return withoutBulk();
  }

  async readBulkPage(): Promise<BulkPage> {
    return withoutBulk();
  }

  describeRefund(_account: AccountAccess, request: RefundRequest): FrozenRequest {
    return describeRefund(request);
  }

  async sendRefund(account: AccountAccess, request: FrozenRequest): Promise<RefundOutcome> {
    return classifyRefund(thawRefund(request), await this.#client.send(account, request));
  }

  readRefunds(account: AccountAccess, providerPaymentId: string): Promise<RefundReading> {
    return readRefunds(this.#client, account, providerPaymentId);
  }

  readWebhook(_account: AccountAccess, delivery: { readonly body: unknown }): WebhookHint {
    return readWebhook(delivery.body);
  }
}

const NOT_HOSTED: HostedRegistrationStart = {
  kind: 'UNSUPPORTED',
  alternative: 'attachBillingKey or issueBillingKey',
};

/**
 * Wire reference §12: it charges yesterday's failed schedules daily until they succeed, behind our
 * back.
 */
const RECOVERY_NOTE =
  'Switch off payment recovery (automatic retry of failed scheduled payments) in the PortOne ' +
  'console: charges it makes are found and booked, but were not decided here.';

const withoutBulk = (): never => {
  invariant(
    false,
    'expected nobody to ask PortOne for a bulk charge: capabilities say it has none',
  );
};
