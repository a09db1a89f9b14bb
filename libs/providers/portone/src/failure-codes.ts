import type { FailureCode } from '#kernel';
import type { Failure } from '#providers/contract';
import { redactMessage } from '#platform/http';

/** A PG's code in square brackets: "[F113]거래거절 카드번호틀림" (wire reference §4.1, §9). */
export const bracketedCodeOf = (message: string): string | null =>
  /\[([A-Za-z0-9_-]{2,40})\]/.exec(message)?.[1]?.toUpperCase() ?? null;

/**
 * The PGs' own codes. V1 hands them on in square brackets; each PG has its own, so only those that
 * mean one thing stand here. NICE: result codes of cards, developers.nicepay.co.kr and
 * paytus.co.kr/03/03.php. TOSS: docs.tosspayments.com/reference/error-codes. PORTONE: wire
 * reference §9. SANDBOX: ours, where its sentence would cast doubt on a refusal that is none.
 */
const CODES: Readonly<Record<string, readonly [FailureCode, source: string]>> = {
  F113: ['INVALID_CARD', 'PORTONE: 거래거절 카드번호틀림'],
  P500: ['PROVIDER_UNAVAILABLE', 'SANDBOX: PG사 통신장애'],
  '3011': ['INVALID_CARD', 'NICE: 카드번호 오류'],
  '3012': ['CONFIGURATION', 'NICE: 카드가맹점 정보 미확인'],
  '3013': ['CONFIGURATION', 'NICE: 카드가맹점 개시 안됨'],
  '3014': ['CONFIGURATION', 'NICE: 카드가맹점 정보 오류'],
  '3015': ['CONFIGURATION', 'NICE: 사용 중지된 가맹점'],
  '3021': ['EXPIRED_CARD', 'NICE: 유효기간 오류'],
  '3022': ['PROVIDER_REJECTED', 'NICE: 할부개월 오류'],
  '3023': ['PROVIDER_REJECTED', 'NICE: 할부개월 한도 초과'],
  '3024': ['PROVIDER_REJECTED', 'NICE: 50,000원 미만 할부 불가'],
  '3025': ['AUTHENTICATION_REQUIRED', 'NICE: 카드비밀번호 미입력'],
  '3026': ['AUTHENTICATION_REQUIRED', 'NICE: 본인인증 필수값 누락'],
  '3041': ['PROVIDER_REJECTED', 'NICE: 1,000원 미만 승인 불가'],
  '3051': ['CONFIGURATION', 'NICE: 해외카드 미등록 가맹점'],
  '3052': ['PROVIDER_REJECTED', 'NICE: 통화코드 오류'],
  '3053': ['INVALID_CARD', 'NICE: 확인 불가 해외카드'],
  INVALID_CARD_NUMBER: ['INVALID_CARD', 'TOSS: 카드번호를 다시 확인'],
  INVALID_CARD_EXPIRATION: ['EXPIRED_CARD', 'TOSS: 카드 유효기간 확인'],
  INVALID_STOPPED_CARD: ['DO_NOT_HONOR', 'TOSS: 정지된 카드'],
  INVALID_CARD_LOST_OR_STOLEN: ['LOST_OR_STOLEN', 'TOSS: 분실 혹은 도난 카드'],
  INVALID_CARD_IDENTITY: ['AUTHENTICATION_REQUIRED', 'TOSS: 생년월일·사업자번호 불일치'],
  INVALID_CARD_PASSWORD: ['AUTHENTICATION_REQUIRED', 'TOSS: 카드 비밀번호 오류'],
  INVALID_REJECT_CARD: ['DO_NOT_HONOR', 'TOSS: 카드 사용 거절'],
  REJECT_CARD_PAYMENT: ['INSUFFICIENT_FUNDS', 'TOSS: 한도초과 혹은 잔액부족'],
  REJECT_CARD_COMPANY: ['DO_NOT_HONOR', 'TOSS: 카드사 승인 거절'],
  REJECT_ACCOUNT_PAYMENT: ['INSUFFICIENT_FUNDS', 'TOSS: 잔액부족'],
  EXCEED_MAX_AMOUNT: ['LIMIT_EXCEEDED', 'TOSS: 거래금액 한도 초과'],
  EXCEED_MAX_PAYMENT_AMOUNT: ['LIMIT_EXCEEDED', 'TOSS: 하루 결제 가능 금액 초과'],
  EXCEED_MAX_DAILY_PAYMENT_COUNT: ['LIMIT_EXCEEDED', 'TOSS: 하루 결제 가능 횟수 초과'],
  EXCEED_MAX_AUTH_COUNT: ['AUTHENTICATION_REQUIRED', 'TOSS: 최대 인증 횟수 초과'],
  BELOW_MINIMUM_AMOUNT: ['PROVIDER_REJECTED', 'TOSS: 100원 미만'],
  NOT_AVAILABLE_PAYMENT: ['ISSUER_UNAVAILABLE', 'TOSS: 결제가 불가능한 시간대'],
  NOT_AVAILABLE_BANK: ['ISSUER_UNAVAILABLE', 'TOSS: 은행 서비스 시간이 아님'],
  CARD_PROCESSING_ERROR: ['ISSUER_UNAVAILABLE', 'TOSS: 카드사에서 오류가 발생'],
  PROVIDER_ERROR: ['PROVIDER_UNAVAILABLE', 'TOSS: 일시적인 오류'],
  FDS_ERROR: ['FRAUD_SUSPECTED', 'TOSS: 위험거래 감지'],
  NOT_FOUND_TERMINAL_ID: ['CONFIGURATION', 'TOSS: 단말기번호(TID)가 없음'],
  INVALID_BILL_KEY_REQUEST: ['KEY_NOT_FOUND', 'TOSS: 빌링키 인증이 완료되지 않음'],
};

/** What a PG's code means, where it means one thing. */
export const codeMeaning = (code: string): FailureCode | undefined =>
  Object.hasOwn(CODES, code) ? CODES[code]?.[0] : undefined;

/**
 * Sentences of the card companies, as the PGs hand them on. First match wins: the graver word
 * stands first.
 */
const FRAGMENTS: readonly (readonly [RegExp, FailureCode])[] = [
  [/분실|도난|사고\s*(신고)?\s*카드|lost|stolen/i, 'LOST_OR_STOLEN'],
  [/부정\s*(사용|거래)|도용|이상\s*거래|위험\s*거래|FDS|fraud/i, 'FRAUD_SUSPECTED'],
  // "한도초과 혹은 잔액부족": both are said at once; money is what is short either way.
  [/잔(액|고)\s*(이\s*)?부족|insufficient/i, 'INSUFFICIENT_FUNDS'],
  [/초당|요청.{0,6}초과|too many/i, 'RATE_LIMITED'],
  [/한도.{0,6}(초과|부족)|(금액|횟수).{0,6}초과|exceed/i, 'LIMIT_EXCEEDED'],
  [/유효\s*기간|만료|expired?/i, 'EXPIRED_CARD'],
  [/(빌링키|빌키|구매자|고객\s*정보).{0,12}(없|않|삭제)|해지된\s*(빌링키|빌키)/, 'KEY_NOT_FOUND'],
  [
    /비밀번호|생년월일|주민(등록)?번호|사업자(등록)?번호|본인\s*(인증|확인)|CVC|추가\s*인증|인증\s*필요|3D/i,
    'AUTHENTICATION_REQUIRED',
  ],
  [
    /카드\s*번호|유효하지\s*않은\s*카드|해지(된)?\s*카드|탈회|없는\s*카드|무효\s*카드|미등록\s*카드/,
    'INVALID_CARD',
  ],
  [/가맹점|상점|MID\b|단말기|TID\b|계약/i, 'CONFIGURATION'],
  [
    /(카드사|발급사|은행|issuer).{0,12}(장애|점검|오류|에러|지연|응답|불능|시간|unavailable)/i,
    'ISSUER_UNAVAILABLE',
  ],
  [
    /(PG|결제대행|결제\s*시스템|결제\s*서비스|시스템).{0,8}(장애|점검|오류|에러|지연)|일시적/i,
    'PROVIDER_UNAVAILABLE',
  ],
  [/전문|형식\s*오류|할부|최소\s*(결제)?\s*금액|미만|통화/, 'PROVIDER_REJECTED'],
  [
    /거래\s*(정지|거절|중지|불가)|정지(된)?\s*카드|사용\s*(정지|불가|중지)|승인\s*거절/,
    'DO_NOT_HONOR',
  ],
  [/카드사.{0,6}(거절|문의|연락)|declined|do not hono/i, 'DO_NOT_HONOR'],
];

/** A PG's or card company's "no" in our vocabulary. What nothing here names is UNCLASSIFIED. */
export const failureOf = (message: string): Failure => {
  const code = bracketedCodeOf(message);
  const failureCode =
    (code === null ? undefined : codeMeaning(code)) ??
    FRAGMENTS.find(([pattern]) => pattern.test(message))?.[1] ??
    'UNCLASSIFIED';
  return { failureCode, providerCode: code, providerMessage: redactMessage(message) };
};
