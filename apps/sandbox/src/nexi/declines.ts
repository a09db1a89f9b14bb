import type { FailureCode } from '#kernel';

/**
 * What one response code means. `Issuer`: the card network's answer; `Internal`: the platform's
 * own.
 */
export interface Decline {
  readonly code: string;
  readonly source: 'Issuer' | 'Internal';
  readonly outcome: FailureCode;
  readonly meaning: string;
}

const issuer = (code: string, outcome: FailureCode, meaning: string): Decline => ({
  code,
  source: 'Issuer',
  outcome,
  meaning,
});

const internal = (code: string, outcome: FailureCode, meaning: string): Decline => ({
  code,
  source: 'Internal',
  outcome,
  meaning,
});

/**
 * Every response code of a declined agreement charge that has a meaning, and ours for it. Codes are
 * open-ended strings: one that is not here is UNCLASSIFIED. Codes the vendor or a scheme says never
 * to retry (04 06 07 12 14 15 41 43 46 54 56 57 79, R0 R1 R3) have an outcome of class HARD or KEY.
 */
export const DECLINES: readonly Decline[] = [
  issuer('01', 'DO_NOT_HONOR', 'Refer to card issuer'),
  issuer('02', 'DO_NOT_HONOR', 'Refer to card issuer, special condition'),
  issuer('03', 'CONFIGURATION', 'Invalid merchant'),
  issuer('04', 'LOST_OR_STOLEN', 'Pick up card'),
  issuer('05', 'DO_NOT_HONOR', 'Do not honor'),
  issuer('06', 'INVALID_CARD', 'Error'),
  issuer('07', 'FRAUD_SUSPECTED', 'Pick up card, special condition'),
  issuer('12', 'INVALID_CARD', 'Invalid transaction'),
  issuer('13', 'PROVIDER_REJECTED', 'Invalid amount'),
  issuer('14', 'INVALID_CARD', 'Invalid account number'),
  issuer('15', 'INVALID_CARD', 'No such issuer'),
  issuer('19', 'ISSUER_UNAVAILABLE', 'Re-enter transaction'),
  issuer('22', 'DO_NOT_HONOR', 'Suspected malfunction'),
  issuer('30', 'PROVIDER_REJECTED', 'Format error'),
  issuer('31', 'PROVIDER_REJECTED', 'Bank not supported by switch'),
  issuer('33', 'EXPIRED_CARD', 'Expired card, pick up'),
  issuer('34', 'FRAUD_SUSPECTED', 'Suspected fraud'),
  issuer('41', 'LOST_OR_STOLEN', 'Lost card, pick up'),
  issuer('42', 'DO_NOT_HONOR', 'No universal account'),
  issuer('43', 'LOST_OR_STOLEN', 'Stolen card, pick up'),
  issuer('46', 'INVALID_CARD', 'Closed account'),
  issuer('51', 'INSUFFICIENT_FUNDS', 'Insufficient funds'),
  issuer('54', 'EXPIRED_CARD', 'Expired card or expiration date missing'),
  issuer('55', 'AUTHENTICATION_REQUIRED', 'Incorrect PIN'),
  issuer('56', 'INVALID_CARD', 'No card record'),
  issuer('57', 'INVALID_CARD', 'Transaction not permitted to cardholder'),
  issuer('58', 'CONFIGURATION', 'Transaction not permitted to terminal'),
  issuer('59', 'FRAUD_SUSPECTED', 'Suspected fraud'),
  issuer('61', 'LIMIT_EXCEEDED', 'Exceeds withdrawal amount limit'),
  issuer('62', 'DO_NOT_HONOR', 'Restricted card'),
  issuer('63', 'DO_NOT_HONOR', 'Security violation'),
  issuer('65', 'LIMIT_EXCEEDED', 'Exceeds withdrawal count limit'),
  issuer('75', 'AUTHENTICATION_REQUIRED', 'PIN tries exceeded'),
  issuer('78', 'DO_NOT_HONOR', 'Blocked, first used or special condition'),
  issuer('79', 'INVALID_CARD', 'Life cycle'),
  issuer('80', 'DO_NOT_HONOR', 'Network error or invalid date'),
  issuer('82', 'AUTHENTICATION_REQUIRED', 'Incorrect CVV'),
  issuer('83', 'FRAUD_SUSPECTED', 'Fraud or security'),
  issuer('85', 'DO_NOT_HONOR', 'No reason to decline'),
  issuer('86', 'AUTHENTICATION_REQUIRED', 'Cannot verify PIN'),
  issuer('91', 'ISSUER_UNAVAILABLE', 'Issuer unavailable or switch inoperative'),
  issuer('92', 'ISSUER_UNAVAILABLE', 'Unable to route transaction'),
  issuer('93', 'DO_NOT_HONOR', 'Transaction cannot be completed, violation of law'),
  issuer('96', 'PROVIDER_UNAVAILABLE', 'System malfunction'),
  issuer('1A', 'AUTHENTICATION_REQUIRED', 'Additional customer authentication required'),
  issuer('R0', 'INVALID_CARD', 'Cardholder stopped this payment'),
  issuer('R1', 'INVALID_CARD', 'Cardholder revoked all recurring payments'),
  issuer('R3', 'INVALID_CARD', 'Cardholder revoked all authorisations'),
  internal('25', 'UNCLASSIFIED', 'Trans not found'),
  internal('99', 'UNCLASSIFIED', 'Auth Fin Failure'),
  internal('1020', 'PROVIDER_REJECTED', 'The interval since the last charge has not passed'),
  internal('1029', 'INVALID_CARD', 'Hard decline'),
  internal('1030', 'KEY_NOT_FOUND', 'Expired subscription'),
  internal('1031', 'KEY_NOT_FOUND', 'Invalid subscription'),
  internal('1032', 'AUTHENTICATION_REQUIRED', 'Not genuine subscription trace id'),
];

/**
 * Two-digit codes are the issuer's unless they say otherwise; "Internal 99" is the platform's own
 * 99.
 */
const keyOf = ({ code, source }: Decline): string =>
  source === 'Internal' && code.length === 2 ? `Internal ${code}` : code;
const BY_KEY = new Map(DECLINES.map((decline) => [keyOf(decline), decline]));

/** The table's line for a code; one the table does not know is an issuer's, UNCLASSIFIED. */
export const declineOf = (code: string): Decline =>
  BY_KEY.get(code) ?? issuer(code, 'UNCLASSIFIED', 'Refused');

/**
 * The response code for an amount that has a meaning of its own: 101–199 answer their last two
 * digits (114 → "14").
 */
export const codeOfAmount = (amountMinor: number): string | undefined =>
  amountMinor > 100 && amountMinor < 200 ? String(amountMinor).slice(-2) : undefined;

/** As recorded for direct charges; the new payment's id reaches the caller only in here. */
export const declineMessage = (decline: Decline, paymentId: string): string => {
  const reason = decline.source === 'Issuer' ? 'Refused by issuer' : decline.meaning;
  return `Direct charge failed for payment id: ${paymentId}. ErrorMessage: ${reason}`;
};
