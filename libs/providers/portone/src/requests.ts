import { z } from 'zod';
import { invariant, toMajor, type Money } from '#kernel';
import type {
  AccountAccess,
  ChargeRequest,
  FrozenRequest,
  RefundRequest,
} from '#providers/contract';
import type { ExpectedCharge } from './classify-charge.js';
import { JSON_HEADERS, moneyOf } from './wire.js';

/** `name` holds 40 characters (wire reference §3.2). */
const NAME_MAX = 40;
/** `reason` of a cancel has no stated bound; this one is a sentence. */
const REASON_MAX = 200;

/**
 * A number in the digits it is to have on the wire: `JSON.stringify(10.5)` would write 10.5 for
 * "10.50".
 */
class Digits {
  constructor(readonly text: string) {}
}
const digitsOf = (money: Money): Digits => new Digits(toMajor(money));

const writeJson = (value: unknown): string => {
  if (value instanceof Digits) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const members = fields.map(([name, field]) => `${JSON.stringify(name)}:${writeJson(field)}`);
  return `{${members.join(',')}}`;
};

/** By code points, so that no character is cut in two. */
const cut = (text: string, max: number): string => [...text].slice(0, max).join('');

const orderFieldsOf = (account: AccountAccess, { providerReference, order }: ChargeRequest) => ({
  merchant_uid: providerReference,
  amount: digitsOf(order.amount),
  currency: order.amount.currency,
  name: cut(order.name, NAME_MAX),
  custom_data: JSON.stringify({ orderId: order.orderId }),
  notice_url: account.notificationUrl || undefined,
});

const post = (path: string, body: unknown): FrozenRequest => ({
  method: 'POST',
  path,
  headers: JSON_HEADERS,
  body: writeJson(body),
});

/** §3.2. */
export const describeCharge = (account: AccountAccess, request: ChargeRequest): FrozenRequest =>
  post('/subscribe/payments/again', {
    customer_uid: request.providerKey,
    ...orderFieldsOf(account, request),
  });

/** §4.1: one payment held by the provider, without a charge to check the card. */
export const describeSchedule = (
  account: AccountAccess,
  request: ChargeRequest & { readonly dueAtSeconds: number },
): FrozenRequest =>
  post('/subscribe/payments/schedule', {
    customer_uid: request.providerKey,
    checking_amount: 0,
    schedules: [{ ...orderFieldsOf(account, request), schedule_at: request.dueAtSeconds }],
  });

/**
 * §5.6. An amount of 0 would refund everything that is left, and `checksum` makes the call a
 * compare-and-set: the provider does nothing when its cancellable balance is not the one we think
 * of.
 */
export const describeRefund = (request: RefundRequest): FrozenRequest => {
  const { amount, capturedMinor, refundedBeforeMinor } = request;
  const balanceMinor = capturedMinor - refundedBeforeMinor;
  invariant(
    amount.amountMinor > 0 && amount.amountMinor <= balanceMinor,
    `expected a refund above 0 and at most ${balanceMinor}, found ${amount.amountMinor}`,
  );
  return post('/payments/cancel', {
    imp_uid: request.providerPaymentId,
    amount: digitsOf(amount),
    checksum: digitsOf({ amountMinor: balanceMinor, currency: amount.currency }),
    reason: cut(request.reason, REASON_MAX),
  });
};

const major = z.number();
const chargeBody = z.object({
  customer_uid: z.string(),
  merchant_uid: z.string(),
  amount: major,
  currency: z.string(),
});
const scheduleBody = z.object({
  customer_uid: z.string(),
  schedules: z.tuple([
    z.object({
      merchant_uid: z.string(),
      amount: major,
      currency: z.string(),
      schedule_at: z.number(),
    }),
  ]),
});
const refundBody = z.object({ imp_uid: z.string(), amount: major, checksum: major });

const thaw = <T>(schema: z.ZodType<T>, { body, path }: FrozenRequest): T => {
  const parsed = schema.safeParse(JSON.parse(body));
  invariant(parsed.success, `expected a frozen request of this adapter for ${path}`);
  return parsed.data;
};

const ourMoney = (amount: number, currency: string): Money => {
  const money = moneyOf(amount, currency);
  invariant(money, 'expected the amount of a frozen request to be exact');
  return money;
};

/** What a frozen charge asked for. */
export const thawCharge = (request: FrozenRequest): ExpectedCharge => {
  const { customer_uid, merchant_uid, amount, currency } = thaw(chargeBody, request);
  return {
    reference: merchant_uid,
    providerKey: customer_uid,
    amount: ourMoney(amount, currency),
  };
};

export interface ExpectedSchedule extends ExpectedCharge {
  readonly dueAtSeconds: number;
}

export const thawSchedule = (request: FrozenRequest): ExpectedSchedule => {
  const { customer_uid, schedules } = thaw(scheduleBody, request);
  const [{ merchant_uid, amount, currency, schedule_at }] = schedules;
  return {
    reference: merchant_uid,
    providerKey: customer_uid,
    amount: ourMoney(amount, currency),
    dueAtSeconds: schedule_at,
  };
};

export interface ExpectedRefund {
  readonly providerPaymentId: string;
  /** Major units, as sent: the currency stands in the answer only. */
  readonly amountMajor: number;
  readonly balanceBeforeMajor: number;
}

export const thawRefund = (request: FrozenRequest): ExpectedRefund => {
  const { imp_uid, amount, checksum } = thaw(refundBody, request);
  return { providerPaymentId: imp_uid, amountMajor: amount, balanceBeforeMajor: checksum };
};
