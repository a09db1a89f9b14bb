import type { AccountAccess } from '#providers/contract';

/**
 * §8.3, those the official SDK names: an event unknown to the provider would have the whole request
 * refused. Of a reservation only its failure is news: a charge's is captured at
 * once, and of a registration's the checkout tells.
 */
const EVENTS = [
  'payment.created',
  'payment.reservation.failed',
  'payment.checkout.completed',
  'payment.charge.created.v2',
  'payment.charge.failed',
  'payment.refund.initiated.v2',
  'payment.refund.failed',
  'payment.refund.completed',
  'payment.cancel.created',
  'payment.cancel.failed',
] as const;

/**
 * Stands in a frozen request for the account's webhook secret, which must not be stored: the real
 * one is put in as the bytes leave.
 */
const SECRET_MARK = '[webhook secret]';
/**
 * With its quotes unescaped this can stand nowhere inside a JSON string, so nothing a merchant
 * writes is ever taken for it.
 */
const SECRET_FIELD = `"authorization":${JSON.stringify(SECRET_MARK)}`;

/**
 * A charge without notifications gives no webhooks at all: those of the registration are not
 * inherited (§8.1).
 */
export const notificationsOf = (account: AccountAccess): object | undefined =>
  account.notificationUrl === ''
    ? undefined
    : {
        webHooks: EVENTS.map((eventName) => ({
          eventName,
          url: account.notificationUrl,
          authorization: SECRET_MARK,
        })),
      };

export const revealWebhookSecret = (body: string, webhookSecret: string): string =>
  body.replaceAll(SECRET_FIELD, () => `"authorization":${JSON.stringify(webhookSecret)}`);
