import { relatedId } from './ids.js';
import { cardOf, chargesOf, type AgreementRow, type PaymentRow } from './model.js';
import { isObject, propertyOf } from './reader.js';
import { findTestCard, maskPan } from './test-cards.js';
import { formatTime } from './times.js';

type Json = Record<string, unknown>;

/** Members without a value are left out, as the provider does. */
export const compact = (object: Json): Json =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

const presentCard = (card: string): Json => {
  const { number, expiry } = cardOf(card);
  return {
    paymentType: 'CARD',
    paymentMethod: findTestCard(number)?.paymentMethod ?? 'Visa',
    cardDetails: { maskedPan: maskPan(number), expiryDate: expiry },
  };
};

export const chargedOf = (payment: PaymentRow): number =>
  chargesOf(payment).reduce((sum, charge) => sum + charge.amount, 0);

const refundedOf = (payment: PaymentRow): number =>
  payment.refunds?.reduce(
    (sum, refund) => (refund.state === 'Completed' ? sum + refund.amount : sum),
    0,
  ) ?? 0;

/** Zero is an absence. */
const presentSummary = (payment: PaymentRow): Json =>
  compact({
    reservedAmount: payment.reserved || undefined,
    chargedAmount: chargedOf(payment) || undefined,
    refundedAmount: refundedOf(payment) || undefined,
    cancelledAmount: payment.cancelled || undefined,
  });

const member = (parent: unknown, name: string): unknown =>
  isObject(parent) ? propertyOf(parent, name) : undefined;

const presentAddress = (address: unknown, phoneNumber: unknown): Json =>
  isObject(address) ? compact({ ...address, phoneNumber }) : {};

/**
 * What the request told of the consumer, in the shape reads give: every part there, empty or not.
 */
const presentConsumer = (consumer: unknown): Json => {
  const email = member(consumer, 'email');
  const phoneNumber = member(consumer, 'phoneNumber');
  const merchantReference = member(consumer, 'reference');
  const company = member(consumer, 'company');
  const person = member(consumer, 'privatePerson');
  const contact = member(company, 'contact');
  return {
    shippingAddress: presentAddress(member(consumer, 'shippingAddress'), phoneNumber),
    company: isObject(company)
      ? compact({
          merchantReference,
          name: propertyOf(company, 'name'),
          contactDetails: compact({
            firstName: member(contact, 'firstName'),
            lastName: member(contact, 'lastName'),
            email,
            phoneNumber: phoneNumber ?? {},
          }),
        })
      : { contactDetails: { phoneNumber: {} } },
    privatePerson: isObject(person)
      ? compact({
          merchantReference,
          firstName: propertyOf(person, 'firstName'),
          lastName: propertyOf(person, 'lastName'),
          email,
          phoneNumber: phoneNumber ?? {},
        })
      : { phoneNumber: {} },
    billingAddress: presentAddress(member(consumer, 'billingAddress'), undefined),
  };
};

const presentAgreementOf = ({ agreement, kind }: PaymentRow): Json => {
  if (agreement === undefined) return {};
  return kind === 'scheduled'
    ? { subscription: { id: agreement } }
    : { unscheduledSubscription: { unscheduledSubscriptionId: agreement } };
};

const presentCharges = (payment: PaymentRow): unknown => {
  const charges = chargesOf(payment).map((charge, nth) => ({
    chargeId: relatedId(payment.id, 'charge', nth),
    amount: charge.amount,
    surchargeAmount: 0,
    created: formatTime(charge.atMs),
    orderItems: charge.items ?? payment.order.items,
  }));
  return charges.length === 0 ? undefined : charges;
};

const presentRefunds = ({ id, refunds, order }: PaymentRow): unknown =>
  refunds?.map((refund, nth) => ({
    refundId: relatedId(id, 'refund', nth),
    amount: refund.amount,
    surchargeAmount: 0,
    state: refund.state,
    lastUpdated: formatTime(refund.atMs),
    orderItems: refund.items ?? order.items,
  }));

/** `GET /v1/payments/{paymentId}`. There is no status: readers derive it from the sums. */
export const presentPayment = (payment: PaymentRow, checkoutUrl: string): Json => {
  const { order, checkout, card } = payment;
  return {
    payment: compact({
      paymentId: payment.id,
      summary: presentSummary(payment),
      consumer: presentConsumer(checkout?.consumer),
      paymentDetails:
        card === undefined
          ? { invoiceDetails: {}, cardDetails: {} }
          : { ...presentCard(card), invoiceDetails: {} },
      orderDetails: compact({
        amount: order.amount,
        currency: order.currency,
        reference: order.reference,
      }),
      checkout: compact({ url: checkoutUrl, cancelUrl: checkout?.cancelUrl }),
      created: formatTime(payment.atMs),
      refunds: presentRefunds(payment),
      charges: presentCharges(payment),
      terminated:
        payment.terminatedAtMs === undefined ? undefined : formatTime(payment.terminatedAtMs),
      ...presentAgreementOf(payment),
      myReference: payment.myReference,
    }),
  };
};

/** Far enough that no clock of a test reaches it: an agreement without an end still shows one. */
const NO_END = '9999-12-31T00:00:00.0000+00:00';

export const presentAgreement = (row: AgreementRow): Json =>
  row.kind === 'unscheduled'
    ? { unscheduledSubscriptionId: row.id, paymentDetails: presentCard(row.card) }
    : {
        subscriptionId: row.id,
        frequency: row.interval ?? 0,
        interval: row.interval ?? 0,
        endDate: row.endAtMs === undefined ? NO_END : formatTime(row.endAtMs),
        paymentDetails: presentCard(row.card),
      };
