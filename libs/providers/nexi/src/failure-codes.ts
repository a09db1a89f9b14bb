import type { FailureCode } from '#kernel';
import { redactMessage } from '#platform/http';
import type { Failure } from '#providers/contract';

/**
 * Two-digit answers of card networks (ISO 8583 field 39 with Visa's letters). Every code that the
 * vendor's retry guide, its reason-code table or Visa's category 1 says never to try again has an
 * outcome of class HARD or KEY (wire reference §7, §11, trap 24: block the union). Leading zeros
 * matter.
 */
const ISSUER_CODES: Readonly<Record<string, FailureCode>> = {
  '01': 'DO_NOT_HONOR',
  '02': 'DO_NOT_HONOR',
  '03': 'CONFIGURATION',
  '04': 'LOST_OR_STOLEN',
  '05': 'DO_NOT_HONOR',
  '06': 'INVALID_CARD',
  '07': 'FRAUD_SUSPECTED',
  '12': 'INVALID_CARD',
  '13': 'PROVIDER_REJECTED',
  '14': 'INVALID_CARD',
  '15': 'INVALID_CARD',
  '19': 'ISSUER_UNAVAILABLE',
  '22': 'DO_NOT_HONOR',
  '30': 'PROVIDER_REJECTED',
  '31': 'PROVIDER_REJECTED',
  '33': 'EXPIRED_CARD',
  '34': 'FRAUD_SUSPECTED',
  '41': 'LOST_OR_STOLEN',
  '42': 'DO_NOT_HONOR',
  '43': 'LOST_OR_STOLEN',
  '46': 'INVALID_CARD',
  '51': 'INSUFFICIENT_FUNDS',
  '54': 'EXPIRED_CARD',
  '55': 'AUTHENTICATION_REQUIRED',
  '56': 'INVALID_CARD',
  '57': 'INVALID_CARD',
  '58': 'CONFIGURATION',
  '59': 'FRAUD_SUSPECTED',
  '61': 'LIMIT_EXCEEDED',
  '62': 'DO_NOT_HONOR',
  '63': 'DO_NOT_HONOR',
  '65': 'LIMIT_EXCEEDED',
  '75': 'AUTHENTICATION_REQUIRED',
  '78': 'DO_NOT_HONOR',
  '79': 'INVALID_CARD',
  '80': 'DO_NOT_HONOR',
  '82': 'AUTHENTICATION_REQUIRED',
  '83': 'FRAUD_SUSPECTED',
  '85': 'DO_NOT_HONOR',
  '86': 'AUTHENTICATION_REQUIRED',
  '91': 'ISSUER_UNAVAILABLE',
  '92': 'ISSUER_UNAVAILABLE',
  '93': 'DO_NOT_HONOR',
  '96': 'PROVIDER_UNAVAILABLE',
  '1A': 'AUTHENTICATION_REQUIRED',
  R0: 'INVALID_CARD',
  R1: 'INVALID_CARD',
  R3: 'INVALID_CARD',
};

/**
 * The platform's own codes, by the names of the official SDK's ErrorCodeEnum (wire reference §2).
 */
const INTERNAL_CODES: Readonly<Record<string, FailureCode>> = {
  // ZeroCharge, AmountDiffersFromOrderItems, OrderItemsMissing
  '1002': 'PROVIDER_REJECTED',
  '1005': 'PROVIDER_REJECTED',
  '1015': 'PROVIDER_REJECTED',
  // PaymentMethodChargeFailed, also said when an interval has not passed
  '1020': 'PROVIDER_REJECTED',
  // HardDecline: an earlier decline forbids this one
  '1029': 'INVALID_CARD',
  // ExpiredSubscription, InvalidSubscription
  '1030': 'KEY_NOT_FOUND',
  '1031': 'KEY_NOT_FOUND',
  // NotGenuineSubscriptionTraceId: the chain to the authenticated first payment is broken
  '1032': 'AUTHENTICATION_REQUIRED',
};

const ALL_CODES: Readonly<Record<string, FailureCode>> = { ...INTERNAL_CODES, ...ISSUER_CODES };

/**
 * AlreadyReserved, AlreadyCharged, PaymentAlreadyRefunded, OverCharge and "tried with a different
 * amount": something came before, under this very key perhaps. None of them says that nothing
 * happened.
 */
const SPEAKS_OF_EARLIER = new Set(['1001', '1004', '1008', '1023', '1026', '1027']);
export const speaksOfEarlier = (code: string): boolean => SPEAKS_OF_EARLIER.has(code);

export interface Said {
  readonly code?: string | null | undefined;
  readonly message?: string | null | undefined;
  readonly source?: string | null | undefined;
}

/**
 * A "no" in our vocabulary. `source` tells whose code it is: an internal "14" is not the issuer's.
 */
export const failureOf = ({ code, message, source }: Said): Failure => {
  const table = /^internal$/i.test(source ?? '') ? INTERNAL_CODES : ALL_CODES;
  const known = code && Object.hasOwn(table, code) ? table[code] : undefined;
  return {
    failureCode: known ?? 'UNCLASSIFIED',
    providerCode: code ?? null,
    providerMessage: message ? redactMessage(message) : null,
  };
};

/**
 * The new payment of a declined charge is named in the sentence only: "… payment id: <32 hex>. …"
 * (§2, §5.3).
 */
export const paymentIdIn = (message: string | null | undefined): string | null =>
  /payment id:\s*([0-9a-f]{32})\b/i.exec(message ?? '')?.[1]?.toLowerCase() ?? null;
