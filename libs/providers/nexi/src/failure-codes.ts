import type { FailureCode } from '#kernel';
import { redactMessage } from '#platform/http';
import type { Failure } from '#providers/contract';

type Meaning = readonly [FailureCode, source: string];

/**
 * Two-digit answers of card networks (ISO 8583 field 39 with Visa's letters). RETRY: Nexi, “Manage
 * subscription retries”, codes never to try again. CODES: the vendor portal's reason codes, hard or
 * soft. VISA: Visa's categories as Checkout.com tells them (1: never; 2: later; 3: mend the data
 * first). Every code that one of RETRY, CODES and VISA 1 forbids is of class HARD or KEY. Leading
 * zeros matter.
 */
const ISSUER_CODES: Readonly<Record<string, Meaning>> = {
  '01': ['DO_NOT_HONOR', 'CODES soft: refer to issuer'],
  '02': ['DO_NOT_HONOR', 'ISO 8583: refer to issuer'],
  '03': ['CONFIGURATION', 'CODES soft: invalid merchant'],
  '04': ['LOST_OR_STOLEN', 'RETRY never, CODES hard, VISA 1: pick up card'],
  '05': ['DO_NOT_HONOR', 'CODES soft: do not honor'],
  '06': ['INVALID_CARD', 'CODES hard: error'],
  '07': ['FRAUD_SUSPECTED', 'CODES hard, VISA 1: pick up card, fraud'],
  '12': ['INVALID_CARD', 'CODES hard, VISA 1: invalid transaction'],
  '13': ['PROVIDER_REJECTED', 'CODES soft: invalid amount'],
  '14': ['INVALID_CARD', 'RETRY never, CODES hard, VISA 1: invalid account number'],
  '15': ['INVALID_CARD', 'RETRY never, CODES hard, VISA 1: no such issuer'],
  '19': ['ISSUER_UNAVAILABLE', 'CODES soft: re-enter transaction'],
  '22': ['DO_NOT_HONOR', 'CODES soft: suspected malfunction'],
  '30': ['PROVIDER_REJECTED', 'CODES soft: format error'],
  '31': ['PROVIDER_REJECTED', 'CODES soft: bank not supported'],
  '33': ['EXPIRED_CARD', 'ISO 8583: expired card'],
  '34': ['FRAUD_SUSPECTED', 'CODES soft: suspected fraud'],
  '41': ['LOST_OR_STOLEN', 'RETRY never, CODES hard, VISA 1: lost card'],
  '42': ['DO_NOT_HONOR', 'CODES soft: no universal account'],
  '43': ['LOST_OR_STOLEN', 'RETRY never, CODES hard, VISA 1: stolen card'],
  '46': ['INVALID_CARD', 'RETRY never, CODES hard, VISA 1: closed account'],
  '51': ['INSUFFICIENT_FUNDS', 'CODES soft, VISA 2: insufficient funds'],
  '54': ['EXPIRED_CARD', 'RETRY never, CODES hard, VISA 3: expired card'],
  '55': ['AUTHENTICATION_REQUIRED', 'CODES soft, VISA 3: incorrect PIN'],
  '56': ['INVALID_CARD', 'CODES hard: no card record'],
  '57': ['INVALID_CARD', 'RETRY never, CODES hard, VISA 1: not permitted to cardholder'],
  '58': ['CONFIGURATION', 'CODES soft: not permitted to terminal'],
  '59': ['FRAUD_SUSPECTED', 'CODES soft, VISA 2: suspected fraud'],
  '61': ['LIMIT_EXCEEDED', 'CODES soft, VISA 2: exceeds amount limit'],
  '62': ['DO_NOT_HONOR', 'CODES soft, VISA 2: restricted card'],
  '63': ['DO_NOT_HONOR', 'CODES soft: security violation'],
  '65': ['LIMIT_EXCEEDED', 'CODES soft, VISA 2: exceeds frequency limit'],
  '75': ['AUTHENTICATION_REQUIRED', 'CODES soft, VISA 2: PIN tries exceeded'],
  '78': ['DO_NOT_HONOR', 'CODES soft: no account'],
  '79': ['INVALID_CARD', 'CODES hard: life cycle'],
  '80': ['DO_NOT_HONOR', 'CODES soft: no financial impact'],
  '82': ['AUTHENTICATION_REQUIRED', 'CODES soft, VISA 3: CVV failed'],
  '83': ['FRAUD_SUSPECTED', 'CODES soft: fraud or security'],
  '85': ['DO_NOT_HONOR', 'CODES soft: no reason to decline'],
  '86': ['AUTHENTICATION_REQUIRED', 'CODES soft: PIN not verified'],
  '91': ['ISSUER_UNAVAILABLE', 'CODES soft, VISA 2: issuer unavailable'],
  '92': ['ISSUER_UNAVAILABLE', 'CODES soft: no route to issuer'],
  '93': ['DO_NOT_HONOR', 'CODES soft, VISA 2: violation of law'],
  '96': ['PROVIDER_UNAVAILABLE', 'CODES soft, VISA 2: system malfunction'],
  '1A': ['AUTHENTICATION_REQUIRED', 'VISA 3: authentication required'],
  R0: ['INVALID_CARD', 'VISA 1: stop this payment'],
  R1: ['INVALID_CARD', 'VISA 1: revocation of authorization'],
  R3: ['INVALID_CARD', 'VISA 1: revocation of all authorizations'],
};

/**
 * The platform's own codes, by the names of the official SDK's ErrorCodeEnum (wire reference §2).
 */
const INTERNAL_CODES: Readonly<Record<string, Meaning>> = {
  '1002': ['PROVIDER_REJECTED', 'SDK: ZeroCharge'],
  '1005': ['PROVIDER_REJECTED', 'SDK: AmountDiffersFromOrderItems'],
  '1015': ['PROVIDER_REJECTED', 'SDK: OrderItemsMissing'],
  '1020': [
    'PROVIDER_REJECTED',
    'SDK: PaymentMethodChargeFailed, also said when an interval has not passed',
  ],
  '1029': ['INVALID_CARD', 'SDK: HardDecline: an earlier decline forbids this one'],
  '1030': ['KEY_NOT_FOUND', 'SDK: ExpiredSubscription'],
  '1031': ['KEY_NOT_FOUND', 'SDK: InvalidSubscription'],
  '1032': [
    'AUTHENTICATION_REQUIRED',
    'SDK: NotGenuineSubscriptionTraceId: the chain to the authenticated first payment is broken',
  ],
};

const ALL_CODES: Readonly<Record<string, Meaning>> = { ...INTERNAL_CODES, ...ISSUER_CODES };

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
  const known = code && Object.hasOwn(table, code) ? table[code]?.[0] : undefined;
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
