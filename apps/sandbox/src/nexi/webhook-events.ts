import { declineMessage, declineOf } from './declines.js';
import { relatedId } from './ids.js';
import { cardOf, type ChargeRow, type Item, type PaymentRow, type RefundRow } from './model.js';
import { compact } from './present.js';
import { isObject, propertyOf } from './reader.js';
import { findTestCard, maskPan } from './test-cards.js';
import { formatTime } from './times.js';
import type { Happening } from './webhook-announcer.js';

type Json = Record<string, unknown>;

const amountOf = (payment: PaymentRow, amount: number): Json => ({
  amount,
  currency: payment.order.currency,
});

const presentOrder = ({ order }: PaymentRow): Json =>
  compact({
    amount: { amount: order.amount, currency: order.currency },
    reference: order.reference ?? '',
    orderItems: order.items,
  });

const methodOf = ({ card }: PaymentRow): Json => ({
  paymentMethod: (card && findTestCard(cardOf(card).number)?.paymentMethod) ?? 'Visa',
  paymentType: 'CARD',
});

/** For charges of an agreement the recordings show the agreement's id as `subscriptionId`. */
const subscriptionOf = ({ agreement }: PaymentRow): Json => ({ subscriptionId: agreement });
const referencesOf = ({ myReference }: PaymentRow): Json => ({ myReference });

const errorOf = (payment: PaymentRow): Json => {
  const decline = declineOf(payment.decline ?? '99');
  return {
    code: decline.code,
    message: declineMessage(decline, payment.id),
    source: decline.source,
  };
};

export const created = (payment: PaymentRow): Happening => ({
  id: payment.id,
  events: ['payment.created'],
  data: () =>
    compact({
      order: presentOrder(payment),
      ...referencesOf(payment),
      ...subscriptionOf(payment),
    }),
});

const webhookAddress = (address: unknown): Json | undefined =>
  isObject(address)
    ? compact({
        addressLine1: propertyOf(address, 'addressLine1'),
        addressLine2: propertyOf(address, 'addressLine2'),
        city: propertyOf(address, 'city'),
        country: propertyOf(address, 'country'),
        postcode: propertyOf(address, 'postalCode'),
        receiverLine: propertyOf(address, 'receiverLine'),
      })
    : undefined;

/**
 * Webhooks say `postcode` where reads say `postalCode`; with no consumer data only the address it
 * came from is left.
 */
const webhookConsumer = (payment: PaymentRow): Json => {
  const consumer = payment.checkout?.consumer;
  const ip = '127.0.0.1';
  if (!isObject(consumer)) return { ip };
  const person = propertyOf(consumer, 'privatePerson');
  return compact({
    firstName: isObject(person) ? propertyOf(person, 'firstName') : undefined,
    lastName: isObject(person) ? propertyOf(person, 'lastName') : undefined,
    billingAddress: webhookAddress(propertyOf(consumer, 'billingAddress')),
    email: propertyOf(consumer, 'email'),
    ip,
    phoneNumber: propertyOf(consumer, 'phoneNumber'),
    shippingAddress: webhookAddress(propertyOf(consumer, 'shippingAddress')),
  });
};

export const checkoutCompleted = (payment: PaymentRow): Happening => ({
  id: relatedId(payment.id, 'event', 0),
  events: ['payment.checkout.completed'],
  data: () => ({ order: presentOrder(payment), consumer: webhookConsumer(payment) }),
});

const cardDetails = ({ card = '/' }: PaymentRow): Json => {
  const { number, expiry } = cardOf(card);
  return {
    creditDebitIndicator: 'D',
    expiryMonth: Number(expiry.slice(0, 2)),
    expiryYear: Number(expiry.slice(2)),
    issuerCountry: 'NO',
    truncatedPan: maskPan(number),
    threeDSecure: { authenticationEnrollmentStatus: 'Y', authenticationStatus: 'Y', eci: '05' },
  };
};

/** v1 and v2 share one id: receivers must tell them apart by (id, event). */
export const reserved = (payment: PaymentRow): Happening => {
  const reserveId = relatedId(payment.id, 'reservation', 0);
  const common = {
    ...methodOf(payment),
    ...referencesOf(payment),
    reconciliationReference: reserveId.slice(0, 24),
    amount: amountOf(payment, payment.order.amount),
  };
  return {
    id: reserveId,
    events: ['payment.reservation.created', 'payment.reservation.created.v2'],
    data: (event) =>
      event.endsWith('.v2')
        ? compact({ ...subscriptionOf(payment), ...common })
        : compact({
            cardDetails: cardDetails(payment),
            consumer: webhookConsumer(payment),
            reservationReference: reserveId.slice(0, 24),
            reserveId,
            ...common,
          }),
  };
};

/** Names neither the agreement nor the order's reference: a receiver has only the payment's id. */
export const reservationFailed = (
  payment: PaymentRow,
  id = relatedId(payment.id, 'event', 1),
): Happening => ({
  id,
  events: ['payment.reservation.failed'],
  data: () => ({
    error: errorOf(payment),
    orderItems: payment.order.items,
    amount: amountOf(payment, payment.order.amount),
  }),
});

export const charged = (payment: PaymentRow, nth: number, charge: ChargeRow): Happening => {
  const chargeId = relatedId(payment.id, 'charge', nth);
  const common = {
    chargeId,
    orderItems: charge.items ?? payment.order.items,
    ...methodOf(payment),
    ...subscriptionOf(payment),
    reconciliationReference: chargeId.slice(0, 24),
    ...referencesOf(payment),
    amount: amountOf(payment, charge.amount),
  };
  return {
    id: chargeId,
    events: ['payment.charge.created', 'payment.charge.created.v2'],
    data: (event) =>
      event.endsWith('.v2')
        ? compact(common)
        : compact({
            ...common,
            reservationId: relatedId(payment.id, 'reservation', 0),
            invoiceDetails: {},
          }),
  };
};

/** A capture of an ordinary reservation that the issuer refused. */
export const chargeFailed = (
  payment: PaymentRow,
  failure: { error: Json; amount: number; items: readonly Item[]; nth: number },
): Happening => {
  const chargeId = relatedId(payment.id, 'charge', failure.nth);
  const common = {
    error: failure.error,
    chargeId,
    orderItems: failure.items,
    reconciliationReference: chargeId.slice(0, 24),
    amount: amountOf(payment, failure.amount),
  };
  return {
    id: relatedId(payment.id, 'event', 100 + failure.nth),
    events: ['payment.charge.failed', 'payment.charge.failed.v2'],
    data: (event) =>
      event.endsWith('.v2')
        ? compact({ ...common, ...methodOf(payment), ...subscriptionOf(payment) })
        : { ...common, reservationId: relatedId(payment.id, 'reservation', 0), invoiceDetails: {} },
  };
};

/** Recordings and the SDK's sample differ on what is in here: both. */
export const refundInitiated = (payment: PaymentRow, nth: number, row: RefundRow): Happening => {
  const refundId = relatedId(payment.id, 'refund', nth);
  const data = {
    refundId,
    chargeId: relatedId(payment.id, 'charge', row.charge ?? 0),
    reconciliationReference: refundId.slice(0, 24),
    executed: formatTime(row.atMs),
    paymentActionId: refundId,
    orderItems: row.items ?? payment.order.items,
    amount: amountOf(payment, row.amount),
  };
  return {
    id: refundId,
    events: ['payment.refund.initiated', 'payment.refund.initiated.v2'],
    data: () => data,
  };
};

export const refundEnded = (payment: PaymentRow, nth: number, row: RefundRow): Happening => {
  const refundId = relatedId(payment.id, 'refund', nth);
  const isCompleted = row.state === 'Completed';
  const data = {
    ...(isCompleted
      ? {}
      : { error: { code: '1014', message: `Refund ${row.state}`, source: 'Internal' } }),
    refundId,
    invoiceDetails: {},
    reconciliationReference: refundId.slice(0, 24),
    amount: amountOf(payment, row.amount),
  };
  return {
    id: refundId,
    events: [isCompleted ? 'payment.refund.completed' : 'payment.refund.failed'],
    data: () => data,
  };
};

export const cancelEnded = (
  payment: PaymentRow,
  cancel: { id: string; amount: number; items: readonly Item[]; hasFailed: boolean },
): Happening => {
  const data = compact({
    ...(cancel.hasFailed
      ? { error: { code: '1000', message: 'Cancellation failed', source: 'Internal' } }
      : {}),
    cancelId: cancel.id,
    orderItems: cancel.items,
    amount: amountOf(payment, cancel.amount),
    ...referencesOf(payment),
  });
  return {
    id: cancel.id,
    events: [cancel.hasFailed ? 'payment.cancel.failed' : 'payment.cancel.created'],
    data: () => data,
  };
};
