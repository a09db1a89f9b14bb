import type {
  AccountAccess,
  Card,
  HostedRegistrationRequest,
  HostedRegistrationStart,
  Reading,
  RegistrationReading,
} from '#providers/contract';
import { refusalOf } from './classify-charge.js';
import type { NexiClient } from './nexi.client.js';
import { keepUnread, readWirePayment } from './payments.js';
import { agreementPath, registrationCall } from './requests.js';
import { bareId, bodyKindOf, cardOf, readAgreementBody, readCreatedBody } from './wire.js';

/** §5.1. */
export const readAgreement = async (
  client: NexiClient,
  account: AccountAccess,
  providerKey: string,
): Promise<Reading<{ readonly card: Card; readonly providerKey: string }>> => {
  const answer = await client.send(account, { method: 'GET', path: agreementPath(providerKey) });
  if (answer.kind !== 'ANSWERED' || answer.status !== 200) return keepUnread(answer);
  const agreement = readAgreementBody(answer.text);
  if (!agreement || bareId(agreement.unscheduledSubscriptionId) !== bareId(providerKey))
    return { kind: 'UNAVAILABLE', reason: 'the answer is about no such agreement' };
  return {
    kind: 'FOUND',
    card: cardOf(agreement.paymentDetails),
    providerKey: bareId(agreement.unscheduledSubscriptionId),
  };
};

/**
 * §4.1. Sent once more after a lost answer it only leaves a page that nobody opens: no money is in
 * it.
 */
export const startRegistration = async (
  client: NexiClient,
  account: AccountAccess,
  request: HostedRegistrationRequest,
): Promise<HostedRegistrationStart> => {
  const answer = await client.send(account, registrationCall(account, request));
  if (answer.kind !== 'ANSWERED')
    return { kind: answer.kind === 'NOT_SENT' ? 'NOT_SENT' : 'UNKNOWN', reason: answer.reason };
  const { status, text } = answer;
  const created = status === 201 ? readCreatedBody(text) : undefined;
  if (created)
    return {
      kind: 'STARTED',
      providerPaymentId: bareId(created.paymentId),
      paymentUrl: created.hostedPaymentPageUrl,
    };
  const isRefusal = [400, 401, 402, 429].includes(status) && bodyKindOf(text) !== 'UNREADABLE';
  return isRefusal
    ? { kind: 'REFUSED', ...refusalOf(status, text) }
    : { kind: 'UNKNOWN', reason: `HTTP ${status}` };
};

/**
 * Done when the payment names an agreement *and* shows the card behind it: the return to our page
 * says nothing (trap 19).
 */
export const readRegistration = async (
  client: NexiClient,
  account: AccountAccess,
  providerPaymentId: string,
): Promise<RegistrationReading> => {
  const read = await readWirePayment(client, account, providerPaymentId);
  if (read.kind !== 'FOUND') return read;
  const { paymentDetails, unscheduledSubscription, terminated } = read.wire;
  const agreement = unscheduledSubscription?.unscheduledSubscriptionId;
  if (agreement && (paymentDetails?.paymentMethod || paymentDetails?.cardDetails?.maskedPan))
    return {
      kind: 'FOUND',
      status: 'COMPLETED',
      providerKey: bareId(agreement),
      card: cardOf(paymentDetails),
    };
  return terminated
    ? { kind: 'FOUND', status: 'FAILED', reason: 'the checkout was terminated' }
    : { kind: 'FOUND', status: 'PENDING' };
};
