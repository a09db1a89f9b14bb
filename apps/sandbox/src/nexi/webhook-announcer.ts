import { createHash } from 'node:crypto';
import type { PaymentRow } from './model.js';
import type { Nexi } from './state.js';
import { formatTime } from './times.js';

type Json = Record<string, unknown>;

/** All the events there are; what is registered under another name never fires. */
export const EVENT_NAMES = [
  'payment.created',
  'payment.checkout.completed',
  'payment.reservation.created',
  'payment.reservation.created.v2',
  'payment.reservation.failed',
  'payment.charge.created',
  'payment.charge.created.v2',
  'payment.charge.failed',
  'payment.charge.failed.v2',
  'payment.refund.initiated',
  'payment.refund.initiated.v2',
  'payment.refund.completed',
  'payment.refund.failed',
  'payment.cancel.created',
  'payment.cancel.failed',
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/**
 * One thing that happened: often named by the id of what it is about, and shared by the versions of
 * one event.
 */
export interface Happening {
  readonly id: string;
  readonly events: readonly EventName[];
  readonly data: (event: EventName) => Json;
}

/** Growing gaps, ten tries: the provider publishes neither, only that both are so. */
const RETRY_DELAYS_MS = [
  1_000, 5_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
];

/** An account's merchant number: a fixed eight-digit number drawn from its key. */
const merchantNumberOf = (account: string): number =>
  100_000_000 + (createHash('sha256').update(account).digest().readUInt32BE(0) % 100_000_000);

/**
 * Events named .v2 carry `merchantNumber`, the others `merchantId`; clients disagree on
 * refund.initiated.v2: both.
 */
const envelopeMerchant = (event: EventName, account: string): Json => {
  const number = merchantNumberOf(account);
  if (event === 'payment.refund.initiated.v2')
    return { merchantId: number, merchantNumber: number };
  return event.endsWith('.v2') ? { merchantNumber: number } : { merchantId: number };
};

/**
 * Sends what happened (told only when somebody listens) to every webhook registered for it on this
 * payment, and to no other.
 */
export const announce = (
  { core, state }: Nexi,
  payment: PaymentRow,
  happenings: () => readonly Happening[],
): void => {
  const hooks = state.hooksOf(payment.hooks);
  if (hooks.length === 0) return;
  const timestamp = formatTime(core.clock.nowMs(payment.account));
  for (const happening of happenings())
    for (const event of happening.events)
      for (const hook of hooks) {
        if (hook.eventName.toLowerCase() !== event) continue;
        core.webhooks.send({
          provider: 'NEXI',
          account: payment.account,
          url: hook.url,
          headers: {
            ...hook.headers,
            ...(hook.authorization === undefined ? {} : { authorization: hook.authorization }),
          },
          contentType: 'json',
          body: {
            id: happening.id,
            ...envelopeMerchant(event, payment.account),
            timestamp,
            event,
            data: { ...happening.data(event), paymentId: payment.id },
          },
          event,
          reference: payment.id,
          retry: { times: RETRY_DELAYS_MS.length, delaysMs: RETRY_DELAYS_MS },
        });
      }
};
