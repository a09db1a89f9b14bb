import { failureOf } from './failure-codes.js';

describe('the words of Korean PGs', () => {
  it.each([
    ['[F116]거래거절 잔액부족', 'INSUFFICIENT_FUNDS'],
    ['한도초과 혹은 잔액부족으로 결제에 실패했습니다.', 'INSUFFICIENT_FUNDS'],
    ['[F117]거래거절 한도초과', 'LIMIT_EXCEEDED'],
    ['하루 결제 가능 횟수를 초과했습니다.', 'LIMIT_EXCEEDED'],
    ['[F110]거래거절 카드사 문의요망', 'DO_NOT_HONOR'],
    ['거래정지 카드입니다', 'DO_NOT_HONOR'],
    ['[F130]카드사 시스템 점검중', 'ISSUER_UNAVAILABLE'],
    ['[F114]거래거절 유효기간만료', 'EXPIRED_CARD'],
    ['[3021]유효기간 오류', 'EXPIRED_CARD'],
    ['[F115]거래거절 도난분실카드', 'LOST_OR_STOLEN'],
    ['[F113]거래거절 카드번호틀림', 'INVALID_CARD'],
    ['유효하지않은 카드번호를 입력하셨습니다.', 'INVALID_CARD'],
    ['[F120]해지된 빌링키', 'KEY_NOT_FOUND'],
    ['[F121]본인인증 필요', 'AUTHENTICATION_REQUIRED'],
    ['비밀번호 오류입니다', 'AUTHENTICATION_REQUIRED'],
    ['[F118]거래거절 부정사용의심', 'FRAUD_SUSPECTED'],
    ['[P101]요청전문 형식오류', 'PROVIDER_REJECTED'],
    ['[P500]PG사 통신장애', 'PROVIDER_UNAVAILABLE'],
    ['[P429]초당 허용 요청건수 초과', 'RATE_LIMITED'],
    ['[P091]가맹점 계약정보 없음', 'CONFIGURATION'],
    ['[X999]기타 거절사유', 'UNCLASSIFIED'],
    ['[constructor]', 'UNCLASSIFIED'],
    ['', 'UNCLASSIFIED'],
  ])('%s is %s', (message, failureCode) => {
    expect(failureOf(message).failureCode).toBe(failureCode);
  });
});
