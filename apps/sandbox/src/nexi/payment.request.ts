import { readConsumer } from './consumer.request.js';
import { normalizeId } from './ids.js';
import type { AgreementWish, CheckoutRow, OrderRow, WebHook } from './model.js';
import { readNotifications, urlOf } from './notifications.request.js';
import { readMyReference, readOrder } from './order.request.js';
import { isObject, Reader } from './reader.js';
import { invalid, Problems } from './refusal.js';
import { parseTime } from './times.js';

interface PaymentRequest {
  readonly order: OrderRow;
  readonly checkout: CheckoutRow;
  readonly hooks: readonly WebHook[];
  readonly myReference?: string;
}

/** A checkout is open for 48 hours unless it says otherwise, and for 45 days at most. */
const OPEN_MS = 48 * 3_600_000;
const LONGEST_OPEN_MS = 45 * 24 * 3_600_000;
const URL_MAX = 256;
const CONFIGURATIONS_MAX = 64;

/** The body of a request, or the 400 that says there is none. */
export const rootReader = (body: unknown): Reader => {
  if (body === undefined) throw invalid('', 'A non-empty request body is required.');
  if (!isObject(body)) throw invalid('', 'Expected a JSON object.');
  return new Reader(new Problems(), body);
};

const readUrl = (parent: Reader, name: string, isRequired: boolean): string | undefined => {
  const text = parent.text(name, { required: isRequired, max: URL_MAX });
  if (text === undefined) return undefined;
  const protocol = urlOf(text)?.protocol;
  return protocol === 'https:' || protocol === 'http:'
    ? text
    : parent.refuse(name, 'Expected an absolute URL.');
};

const readWishedId = (parent: Reader, name: string): string | undefined => {
  const text = parent.text(name);
  if (text === undefined) return undefined;
  return normalizeId(text) ?? parent.refuse(name, `Expected a UUID, found ${text.slice(0, 64)}.`);
};

const readUnscheduled = (root: Reader): AgreementWish | undefined => {
  const wish = root.child('unscheduledSubscription');
  if (!wish) return undefined;
  const create = wish.flag('create');
  const id = readWishedId(wish, 'unscheduledSubscriptionId');
  if (id === undefined && create === false)
    return wish.refuse('create', 'Expected true, or the unscheduledSubscriptionId to update.');
  return { kind: 'unscheduled', ...(id === undefined ? {} : { id }) };
};

const readScheduled = (root: Reader): AgreementWish | undefined => {
  const wish = root.child('subscription');
  if (!wish) return undefined;
  const id = readWishedId(wish, 'subscriptionId');
  const interval = wish.int32('interval', { min: 0 });
  wish.flag('allowVariableAmount');
  const endDate = wish.text('endDate');
  const endAtMs = endDate === undefined ? undefined : parseTime(endDate);
  if (endDate !== undefined && endAtMs === undefined)
    wish.refuse('endDate', 'Expected a date and time.');
  return {
    kind: 'scheduled',
    ...(id === undefined ? {} : { id }),
    ...(interval === undefined ? {} : { interval }),
    ...(endAtMs === undefined ? {} : { endAtMs }),
  };
};

const readExpiry = (checkout: Reader, nowMs: number): number => {
  const text = checkout.text('expiresAt');
  if (text === undefined) return nowMs + OPEN_MS;
  const atMs = parseTime(text);
  if (atMs === undefined || atMs <= nowMs || atMs > nowMs + LONGEST_OPEN_MS)
    checkout.refuse('expiresAt', 'Expected a time in the next 45 days.');
  return atMs ?? nowMs;
};

/** Parts that change nothing here are still read, so that a wrong one is noticed. */
const checkAppearance = (checkout: Reader): void => {
  checkout.flag('publicDevice');
  checkout.flag('merchantHandlesConsumerData');
  checkout.text('countryCode', { pattern: /^[A-Za-z]{3}$/, expected: 'a country code' });
  const appearance = checkout.child('appearance');
  const display = appearance?.child('displayOptions');
  display?.flag('showMerchantName');
  display?.flag('showOrderSummary');
  appearance?.child('textOptions')?.text('completePaymentButtonText', {
    pattern: /^(pay|purchase|order|book|reserve|signup|subscribe|accept)$/i,
    expected: 'pay, purchase, order, book, reserve, signup, subscribe or accept',
  });
  const consumerType = checkout.child('consumerType');
  consumerType?.text('default', { pattern: /^B2[CB]$/, expected: 'B2C or B2B' });
  for (const entry of checkout.list('shippingCountries', { max: 300 }) ?? [])
    entry.text('countryCode', { required: true });
};

const readCheckout = (
  root: Reader,
  { nowMs, wish }: { nowMs: number; wish?: AgreementWish },
): CheckoutRow | undefined => {
  const checkout = root.child('checkout', true);
  if (!checkout) return undefined;
  const type = checkout.text('integrationType', {
    pattern: /^(EmbeddedCheckout|HostedPaymentPage)$/,
    expected: 'EmbeddedCheckout or HostedPaymentPage',
  });
  const isHosted = type === 'HostedPaymentPage';
  const url = readUrl(checkout, 'url', !isHosted);
  const returnUrl = readUrl(checkout, 'returnUrl', isHosted);
  const cancelUrl = readUrl(checkout, 'cancelUrl', false);
  readUrl(checkout, 'termsUrl', true);
  readUrl(checkout, 'merchantTermsUrl', false);
  checkAppearance(checkout);
  const charge = checkout.flag('charge');
  const consumer = readConsumer(checkout);
  return {
    integrationType: isHosted ? 'HostedPaymentPage' : 'EmbeddedCheckout',
    ...(url === undefined ? {} : { url }),
    ...(returnUrl === undefined ? {} : { returnUrl }),
    ...(cancelUrl === undefined ? {} : { cancelUrl }),
    ...(charge ? { charge } : {}),
    ...(consumer === undefined ? {} : { consumer }),
    ...(wish === undefined ? {} : { wish }),
    expiresAtMs: readExpiry(checkout, nowMs),
  };
};

const checkMethods = (root: Reader): void => {
  for (const entry of root.list('paymentMethodsConfiguration', { max: CONFIGURATIONS_MAX }) ?? []) {
    entry.text('name', { required: true });
    entry.flag('enabled');
  }
  for (const entry of root.list('paymentMethods', { max: CONFIGURATIONS_MAX }) ?? [])
    entry.text('name', { required: true });
};

/** `POST /v1/payments`: the order may be zero only when it registers a card. */
export const readPaymentRequest = (body: unknown, nowMs: number): PaymentRequest => {
  const root = rootReader(body);
  const unscheduled = readUnscheduled(root);
  const scheduled = readScheduled(root);
  if (root.raw('subscription') !== undefined && root.raw('unscheduledSubscription') !== undefined)
    root.refuse('subscription', 'Expected either subscription or unscheduledSubscription.');
  const wish = unscheduled ?? scheduled;
  const mayBeZero =
    root.raw('subscription') !== undefined || root.raw('unscheduledSubscription') !== undefined;
  const order = readOrder(root, mayBeZero);
  const checkout = readCheckout(root, { nowMs, ...(wish === undefined ? {} : { wish }) });
  const hooks = readNotifications(root);
  const myReference = readMyReference(root);
  root.textOrNumber('merchantNumber', { max: 32 });
  checkMethods(root);
  root.problems.throwIfAny();
  if (!order || !checkout) throw invalid('', 'Expected order and checkout.');
  return { order, checkout, hooks, ...(myReference === undefined ? {} : { myReference }) };
};
