import type { Decline } from './declines.js';

/**
 * An answer other than success, as the provider words it: thrown by rules, sent by the one error
 * handler.
 */
export class NexiRefusal extends Error {
  constructor(
    readonly status: number,
    readonly body?: unknown,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(`answered ${status}`);
  }
}

/** The platform's own error codes that this sandbox gives, by the names of the official SDK. */
const INTERNAL_CODES = {
  OverCharge: '1001',
  ZeroCharge: '1002',
  NotReserved: '1003',
  AlreadyReserved: '1004',
  PartialCancelNotAllowed: '1007',
  AlreadyCharged: '1008',
  InvalidRefundAmount: '1009',
  RefundCancelled: '1012',
  RefundExpired: '1013',
  RefundFailed: '1014',
  OrderItemsMissing: '1015',
  AlreadyCancelled: '1019',
  PaymentMethodChargeFailed: '1020',
  PaymentAlreadyRefunded: '1023',
  RefundCancelFailed: '1025',
  ChargeTriedWithDifferentAmount: '1026',
  RefundTriedWithDifferentAmount: '1027',
  ExpiredSubscription: '1030',
  InvalidSubscription: '1031',
} as const;
export type InternalCode = keyof typeof INTERNAL_CODES;

export const codeNumber = (name: InternalCode): string => INTERNAL_CODES[name];

/** `{ code, message, source }` with one of the platform's own codes. */
export const internalRefusal = (status: number, name: InternalCode, message: string): NexiRefusal =>
  new NexiRefusal(status, { code: INTERNAL_CODES[name], message, source: 'Internal' });

export const declineRefusal = ({ code, source }: Decline, message: string): NexiRefusal =>
  new NexiRefusal(402, { code, message, source });

export const notFound = (): NexiRefusal => new NexiRefusal(404);

export const conflict = (message: string): NexiRefusal =>
  new NexiRefusal(409, { code: '1000', message, source: 'Internal' });

/**
 * More problems than this in one answer help nobody, and a bulk of 50,000 wrong items would answer
 * megabytes.
 */
const PROBLEMS_MAX = 1000;

/** What is wrong with a request, by property path: becomes the 400's `errors`. */
export class Problems {
  private readonly errors = new Map<string, string[]>();

  add(path: string, message: string): void {
    const known = this.errors.get(path);
    if (known) known.push(message);
    else if (this.errors.size < PROBLEMS_MAX) this.errors.set(path, [message]);
  }

  get isEmpty(): boolean {
    return this.errors.size === 0;
  }

  throwIfAny(): void {
    if (!this.isEmpty) throw new NexiRefusal(400, { errors: Object.fromEntries(this.errors) });
  }
}

export const invalid = (path: string, message: string): NexiRefusal =>
  new NexiRefusal(400, { errors: { [path]: [message] } });
