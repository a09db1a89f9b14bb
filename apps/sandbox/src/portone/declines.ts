import type { FailureCode } from '#kernel';

/**
 * What the pretended PG says for each outcome. The code in brackets is the stable part, and stands for:
 *
 *   [F110] DO_NOT_HONOR             [F113] INVALID_CARD           [F114] EXPIRED_CARD
 *   [F115] LOST_OR_STOLEN           [F116] INSUFFICIENT_FUNDS     [F117] LIMIT_EXCEEDED
 *   [F118] FRAUD_SUSPECTED          [F120] KEY_NOT_FOUND          [F121] AUTHENTICATION_REQUIRED
 *   [F130] ISSUER_UNAVAILABLE       [P091] CONFIGURATION          [P101] PROVIDER_REJECTED
 *   [P429] RATE_LIMITED             [P500] PROVIDER_UNAVAILABLE   [X999] UNCLASSIFIED
 *
 * [F113]거래거절 카드번호틀림 is recorded from a live PG; the other texts are written after its pattern.
 */
export interface Decline {
  outcome: FailureCode;
  pgCode: string;
  text: string;
  /**
   * FAILED_PAYMENT: the PG took the payment and declined it: code 0, status failed, fail_reason, an imp_uid.
   * REFUSED: it never became a payment: code other than 0, response null, nothing to look up.
   * A scheduled payment that is refused still leaves a failed payment: there is nobody to answer.
   */
  kind: 'FAILED_PAYMENT' | 'REFUSED';
}

const DECLINES: readonly Decline[] = [
  {
    outcome: 'INSUFFICIENT_FUNDS',
    pgCode: 'F116',
    text: '거래거절 잔액부족',
    kind: 'FAILED_PAYMENT',
  },
  { outcome: 'LIMIT_EXCEEDED', pgCode: 'F117', text: '거래거절 한도초과', kind: 'FAILED_PAYMENT' },
  {
    outcome: 'DO_NOT_HONOR',
    pgCode: 'F110',
    text: '거래거절 카드사 문의요망',
    kind: 'FAILED_PAYMENT',
  },
  {
    outcome: 'ISSUER_UNAVAILABLE',
    pgCode: 'F130',
    text: '카드사 시스템 점검중',
    kind: 'FAILED_PAYMENT',
  },
  {
    outcome: 'EXPIRED_CARD',
    pgCode: 'F114',
    text: '거래거절 유효기간만료',
    kind: 'FAILED_PAYMENT',
  },
  {
    outcome: 'LOST_OR_STOLEN',
    pgCode: 'F115',
    text: '거래거절 도난분실카드',
    kind: 'FAILED_PAYMENT',
  },
  { outcome: 'INVALID_CARD', pgCode: 'F113', text: '거래거절 카드번호틀림', kind: 'REFUSED' },
  { outcome: 'KEY_NOT_FOUND', pgCode: 'F120', text: '해지된 빌링키', kind: 'REFUSED' },
  { outcome: 'AUTHENTICATION_REQUIRED', pgCode: 'F121', text: '본인인증 필요', kind: 'REFUSED' },
  {
    outcome: 'FRAUD_SUSPECTED',
    pgCode: 'F118',
    text: '거래거절 부정사용의심',
    kind: 'FAILED_PAYMENT',
  },
  { outcome: 'PROVIDER_REJECTED', pgCode: 'P101', text: '요청전문 형식오류', kind: 'REFUSED' },
  { outcome: 'PROVIDER_UNAVAILABLE', pgCode: 'P500', text: 'PG사 통신장애', kind: 'REFUSED' },
  { outcome: 'RATE_LIMITED', pgCode: 'P429', text: '초당 허용 요청건수 초과', kind: 'REFUSED' },
  { outcome: 'CONFIGURATION', pgCode: 'P091', text: '가맹점 계약정보 없음', kind: 'REFUSED' },
  { outcome: 'UNCLASSIFIED', pgCode: 'X999', text: '기타 거절사유', kind: 'FAILED_PAYMENT' },
];

const BY_OUTCOME = new Map(DECLINES.map((decline) => [decline.outcome, decline]));

export const declineOf = (outcome: FailureCode): Decline => {
  const decline = BY_OUTCOME.get(outcome);
  if (!decline) throw new Error(`no PG text for ${outcome}`);
  return decline;
};

/** `[F116]거래거절 잔액부족`: as fail_reason, or at the end of a message. */
export const pgText = (decline: Decline): string => `[${decline.pgCode}]${decline.text}`;

export const ALL_DECLINES = DECLINES;
