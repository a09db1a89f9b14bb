import { bracketedCodeOf, codeMeaning } from './failure-codes.js';

/**
 * What a refusal (`code` other than 0) is about. The number says nothing (1 and -1 are all there
 * is, used loosely); the sentence does, in Korean, different from PG to PG and from year to year:
 * so by fragments, never by equality.
 */
export type RefusalKind =
  /** This reference was paid, cancelled or booked before: by us, perhaps. Only a query tells. */
  | 'ALREADY_USED'
  /** The PG or PortOne says itself that it does not know. */
  | 'IN_DOUBT'
  | 'KEY_UNKNOWN'
  | 'ACCESS_REFUSED'
  | 'TOO_MANY_REQUESTS'
  | 'SETTINGS_REFUSED'
  | 'PARAMETERS_REFUSED'
  /**
   * Everything else: the card, the issuer or the PG said no, and no payment was made (wire
   * reference §1.2, trap 2b).
   */
  | 'CARD_REFUSED';

/**
 * "이미 주문이 이루어진 건입니다" (§9). An "already closed" or "suspended" card is about the card, not about the
 * reference.
 */
const ALREADY_USED =
  /이미(?!\s*(해지|정지|만료|탈회|분실|도난|사용\s*정지))|중복|기\s?승인|기\s?결제|already|duplicate/i;

/**
 * First match wins: whatever casts doubt on "nothing happened" stands before whatever explains it.
 */
const RULES: readonly (readonly [RegExp, RefusalKind])[] = [
  [/시간\s*초과|타임\s*아웃|time[ -]?out|timed out|응답\s*(없|지연)|무응답/i, 'IN_DOUBT'],
  [
    /(처리|진행|승인)\s*중|결과.{0,4}(확인|조회)|통신.{0,6}(오류|에러|장애|실패)|네트워크|network/i,
    'IN_DOUBT',
  ],
  [
    /알\s*수\s*없는|(시스템|서버|내부)\s*(오류|에러)|(system|server|internal|unknown) error/i,
    'IN_DOUBT',
  ],
  // §9: "again" and "schedule" of an unknown key, reading or deleting one.
  [
    /등록되지\s*않은\s*구매자|등록된\s*고객\s*정보가\s*없|customer_uid.*찾을\s*수\s*없/,
    'KEY_UNKNOWN',
  ],
  [/(빌링키|빌키).{0,12}(없|존재하지)|(해지|삭제|만료)된\s*(빌링키|빌키)/, 'KEY_UNKNOWN'],
  [/unauthorized|API키와\s*secret/i, 'ACCESS_REFUSED'],
  [/너무\s*많|too many|요청\s*(횟수|한도).{0,6}초과/i, 'TOO_MANY_REQUESTS'],
];

/** Asked only when no PG has spoken: its code says more than the words around it. */
const RULES_WITHOUT_CODE: readonly (readonly [RegExp, RefusalKind])[] = [
  // §9: "비인증결제모듈 사용정보를 찾을 수 없습니다." = the account has no PG for charges by API.
  [
    /비인증\s*결제\s*모듈|사용정보를\s*찾을\s*수\s*없|PG\s*설정|채널.{0,8}(없|찾을\s*수\s*없)/,
    'SETTINGS_REFUSED',
  ],
  [/누락|파라메터|파라미터|지정해주|parameter/i, 'PARAMETERS_REFUSED'],
];

export const refusalKindOf = (message: string): RefusalKind => {
  if (ALREADY_USED.test(message)) return 'ALREADY_USED';
  const code = bracketedCodeOf(message);
  const meaning = code === null ? undefined : codeMeaning(code);
  if (meaning) return meaning === 'KEY_NOT_FOUND' ? 'KEY_UNKNOWN' : 'CARD_REFUSED';
  const rules = code === null ? [...RULES, ...RULES_WITHOUT_CODE] : RULES;
  return rules.find(([pattern]) => pattern.test(message))?.[1] ?? 'CARD_REFUSED';
};
