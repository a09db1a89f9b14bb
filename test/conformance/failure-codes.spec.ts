// Every row of the tables of failure codes and refusals, written down a second time: a row that is lost or turned into another meaning
// changes who is charged again, and no example elsewhere would notice.
import type { FailureCode } from '#kernel';
import {
  failureOf as nexi,
  paymentIdIn,
  speaksOfEarlier,
} from '../../libs/providers/nexi/src/failure-codes.js';
import { failureOf as portone } from '../../libs/providers/portone/src/failure-codes.js';
import { refusalKindOf, type RefusalKind } from '../../libs/providers/portone/src/refusals.js';

type Table<Meaning extends string> = Readonly<Partial<Record<Meaning, readonly string[]>>>;

/** What a table says otherwise than expected: [what was said, what it meant, what it should mean]. */
const surprises = <Meaning extends string>(
  table: Table<Meaning>,
  meaningOf: (said: string) => Meaning,
): string[][] =>
  Object.entries<readonly string[] | undefined>(table)
    .flatMap(([meaning, all = []]) => all.map((said) => [said, meaningOf(said), meaning]))
    .filter(([, found, meaning]) => found !== meaning);

describe('Nexi', () => {
  const ISSUER: Table<FailureCode> = {
    DO_NOT_HONOR: ['01', '02', '05', '22', '42', '62', '63', '78', '80', '85', '93'],
    INVALID_CARD: ['06', '12', '14', '15', '46', '56', '57', '79', 'R0', 'R1', 'R3'],
    LOST_OR_STOLEN: ['04', '41', '43'],
    FRAUD_SUSPECTED: ['07', '34', '59', '83'],
    EXPIRED_CARD: ['33', '54'],
    INSUFFICIENT_FUNDS: ['51'],
    LIMIT_EXCEEDED: ['61', '65'],
    AUTHENTICATION_REQUIRED: ['55', '75', '82', '86', '1A'],
    ISSUER_UNAVAILABLE: ['19', '91', '92'],
    PROVIDER_UNAVAILABLE: ['96'],
    CONFIGURATION: ['03', '58'],
    PROVIDER_REJECTED: ['13', '30', '31'],
    UNCLASSIFIED: ['00', '99', '1', '4', '5', 'r0', '1a', '1003'],
  };
  const INTERNAL: Table<FailureCode> = {
    PROVIDER_REJECTED: ['1002', '1005', '1015', '1020'],
    INVALID_CARD: ['1029'],
    KEY_NOT_FOUND: ['1030', '1031'],
    AUTHENTICATION_REQUIRED: ['1032'],
    // Two digits said by the platform itself are not the network's.
    UNCLASSIFIED: ['1000', '1003', '25', '99', '14', '51', '54'],
  };

  it.each(['Issuer', 'issuer', null, undefined])('reads the codes of source %s', (source) => {
    expect(surprises(ISSUER, (code) => nexi({ code, source }).failureCode)).toEqual([]);
  });

  it.each(['Internal', 'internal'])('reads the codes of source %s', (source) => {
    expect(surprises(INTERNAL, (code) => nexi({ code, source }).failureCode)).toEqual([]);
  });

  it.each(['notinternal', 'internally'])(
    'takes source %s for another than the platform',
    (source) => {
      expect(nexi({ code: '54', source }).failureCode).toBe('EXPIRED_CARD');
    },
  );

  it('knows the internal codes also where no source is told', () => {
    const { UNCLASSIFIED: _, ...known } = INTERNAL;
    expect(surprises(known, (code) => nexi({ code }).failureCode)).toEqual([]);
  });

  it('finds the payment that a sentence names, in small letters, and nothing shorter or longer', () => {
    const id = '025400006091b1ef6937598058c4e487';
    const sentence = `Direct charge failed for Payment ID:${id.toUpperCase()}. ErrorMessage: Refused`;
    expect(paymentIdIn(sentence)).toBe(id);
    expect(paymentIdIn(`payment id:  ${id}`)).toBe(id);
    for (const other of [null, undefined, '', `payment id: ${id}0`, `payment id: ${id.slice(1)}`])
      expect(paymentIdIn(other)).toBeNull();
  });

  it('keeps what was said, and says so where nothing was', () => {
    expect(nexi({ code: '05', message: 'Do not honor' })).toEqual({
      ...{ failureCode: 'DO_NOT_HONOR', providerCode: '05', providerMessage: 'Do not honor' },
    });
    expect(nexi({})).toEqual({
      ...{ failureCode: 'UNCLASSIFIED', providerCode: null, providerMessage: null },
    });
  });

  it('takes no code that speaks of something earlier for a plain no', () => {
    const earlier = Array.from({ length: 32 }, (_, index) => String(1_001 + index));
    expect(earlier.filter(speaksOfEarlier)).toEqual(
      ['1001', '1004', '1008', '1023', '1026', '1027'], // prettier-ignore
    );
  });
});

describe('PortOne', () => {
  const CODES: Table<FailureCode> = {
    INVALID_CARD: ['F113', '3011', '3053', 'INVALID_CARD_NUMBER'],
    EXPIRED_CARD: ['3021', 'INVALID_CARD_EXPIRATION'],
    LOST_OR_STOLEN: ['INVALID_CARD_LOST_OR_STOLEN'],
    FRAUD_SUSPECTED: ['FDS_ERROR'],
    KEY_NOT_FOUND: ['INVALID_BILL_KEY_REQUEST'],
    INSUFFICIENT_FUNDS: ['REJECT_CARD_PAYMENT', 'REJECT_ACCOUNT_PAYMENT'],
    LIMIT_EXCEEDED: [
      ...['EXCEED_MAX_AMOUNT', 'EXCEED_MAX_PAYMENT_AMOUNT', 'EXCEED_MAX_DAILY_PAYMENT_COUNT'],
    ],
    DO_NOT_HONOR: ['INVALID_STOPPED_CARD', 'INVALID_REJECT_CARD', 'REJECT_CARD_COMPANY'],
    AUTHENTICATION_REQUIRED: [
      ...['3025', '3026', 'INVALID_CARD_IDENTITY', 'INVALID_CARD_PASSWORD'],
      'EXCEED_MAX_AUTH_COUNT',
    ],
    ISSUER_UNAVAILABLE: ['NOT_AVAILABLE_PAYMENT', 'NOT_AVAILABLE_BANK', 'CARD_PROCESSING_ERROR'],
    PROVIDER_UNAVAILABLE: ['P500', 'PROVIDER_ERROR'],
    CONFIGURATION: ['3012', '3013', '3014', '3015', '3051', 'NOT_FOUND_TERMINAL_ID'],
    PROVIDER_REJECTED: ['3022', '3023', '3024', '3041', '3052', 'BELOW_MINIMUM_AMOUNT'],
    UNCLASSIFIED: ['X999', '3099', 'CONSTRUCTOR'],
  };

  /** Spaced and unspaced as the PGs write it, each way of saying it once. */
  const SENTENCES: Table<FailureCode> = {
    LOST_OR_STOLEN: [
      ...['분실 카드', '도난 카드', '사고카드', '사고 카드', '사고신고카드', '사고 신고 카드'],
      ...['사고  카드', 'Lost card', 'Stolen card'],
    ],
    FRAUD_SUSPECTED: [
      ...['부정사용 의심', '부정 사용', '부정거래', '부정  거래', '도용된 카드', '이상거래 감지'],
      ...['이상 거래', '이상  거래', '위험거래', '위험 거래', '위험  거래', 'FDS 차단', 'fraud'],
    ],
    INSUFFICIENT_FUNDS: [
      ...[
        '잔액부족',
        '잔고부족',
        '잔액 부족',
        '잔액  부족',
        '잔액이 부족합니다',
        '잔고가 아닌 잔액이부족',
      ],
      ...['잔액 이  부족', 'Insufficient funds'],
    ],
    RATE_LIMITED: ['초당 허용 건수', '요청초과', '요청 건수 초과', 'Too many requests'],
    LIMIT_EXCEEDED: [
      ...[
        '한도초과',
        '한도를 넘어 초과',
        '한도부족',
        '이용 한도가 부족',
        '금액초과',
        '횟수 제한 초과',
      ],
      ...['횟수초과', 'Limit exceeded'],
    ],
    EXPIRED_CARD: [
      '유효기간 오류',
      '유효 기간',
      '유효  기간',
      '만료된 카드',
      'expired',
      'will expire',
    ],
    KEY_NOT_FOUND: [
      ...[
        '빌링키없음',
        '빌링키가 존재하지 않음',
        '빌키 삭제됨',
        '빌키없음',
        '구매자 정보가 없습니다',
      ],
      ...['고객정보 없음', '고객 정보 없음', '고객  정보가 없음', '해지된빌링키', '해지된 빌키'],
      '해지된  빌링키',
    ],
    AUTHENTICATION_REQUIRED: [
      ...[
        '비밀번호 오류',
        '생년월일 불일치',
        '주민번호 오류',
        '주민등록번호 오류',
        '사업자번호 오류',
      ],
      ...['사업자등록번호 오류', '본인인증', '본인 인증', '본인  확인', '본인확인', 'CVC 오류'],
      ...[
        '추가인증',
        '추가 인증',
        '추가  인증',
        '인증필요',
        '인증 필요',
        '인증  필요',
        '3D secure',
      ],
    ],
    INVALID_CARD: [
      ...['카드번호 틀림', '카드 번호', '카드  번호', '유효하지않은카드', '유효하지 않은 카드'],
      ...[
        '유효하지  않은  카드',
        '해지카드',
        '해지된카드',
        '해지된 카드',
        '해지  카드',
        '탈회 회원',
      ],
      ...[
        '없는카드',
        '없는 카드',
        '없는  카드',
        '무효카드',
        '무효 카드',
        '무효  카드',
        '미등록카드',
      ],
      ...['미등록 카드', '미등록  카드'],
    ],
    CONFIGURATION: ['가맹점 오류', '상점 오류', 'MID 오류', '단말기 오류', 'TID 오류', '계약 없음'],
    ISSUER_UNAVAILABLE: [
      ...['카드사장애', '카드사 시스템 점검', '발급사 오류', '은행 에러', '은행 서비스 지연'],
      ...['카드사 응답 없음', '카드사 불능', '은행 서비스 시간', 'Issuer unavailable'],
    ],
    PROVIDER_UNAVAILABLE: [
      ...['PG장애', 'PG사 점검', '결제대행 오류', '결제시스템 에러', '결제 시스템 지연'],
      ...[
        '결제  시스템 장애',
        '결제서비스 장애',
        '결제 서비스 장애',
        '결제  서비스 장애',
        '시스템장애',
      ],
      '일시적 문제',
    ],
    PROVIDER_REJECTED: [
      ...[
        '전문 이상',
        '형식오류',
        '형식 오류',
        '형식  오류',
        '할부 불가',
        '최소금액',
        '최소결제금액',
      ],
      ...['최소 금액', '최소 결제 금액', '최소  결제  금액', '100원 미만', '통화 이상'],
    ],
    DO_NOT_HONOR: [
      ...[
        '거래정지',
        '거래 거절',
        '거래  중지',
        '거래불가',
        '정지카드',
        '정지된카드',
        '정지된 카드',
      ],
      ...[
        '정지  카드',
        '사용정지',
        '사용 불가',
        '사용  중지',
        '승인거절',
        '승인 거절',
        '승인  거절',
      ],
      ...[
        '카드사거절',
        '카드사에서 거절',
        '카드사 문의',
        '카드사로 연락',
        'Declined',
        'Do not honor',
      ],
    ],
    UNCLASSIFIED: ['', '거절', '기타 사유', '[], [-', '[a'],
  };

  const KINDS: Table<RefusalKind> = {
    ALREADY_USED: [
      ...[
        '이미 주문이 이루어진 건입니다',
        '이미등록된 merchant_uid',
        '중복 결제',
        '기승인',
        '기 승인',
      ],
      ...['기결제', '기 결제', 'Already paid', 'duplicate', '[F113]이미 결제된 건'],
    ],
    IN_DOUBT: [
      ...['시간초과', '시간 초과', '시간  초과', '타임아웃', '타임 아웃', '타임  아웃', 'timeout'],
      ...['time out', 'time-out', 'timed out', '응답없음', '응답 없음', '응답  지연', '무응답'],
      ...[
        '처리중',
        '처리 중',
        '처리  중',
        '진행중',
        '진행 중',
        '승인중',
        '승인 중',
        '결과확인 요망',
      ],
      ...['결과를 조회', '결과를  확인', '통신오류', '통신 오류', '통신상의 에러', '통신망 장애'],
      ...[
        '통신 실패',
        '네트워크',
        'network',
        '알수없는',
        '알 수 없는',
        '알  수  없는',
        '시스템오류',
      ],
      ...['시스템 에러', '서버  오류', '서버오류', '내부 에러', 'System error', 'server error'],
      ...['internal error', 'unknown error', '[P999]처리 중'],
    ],
    KEY_UNKNOWN: [
      ...[
        '등록되지않은구매자',
        '등록되지 않은 구매자',
        '등록되지  않은  구매자',
        '등록된고객정보가없음',
      ],
      ...['등록된 고객 정보가 없음', '등록된  고객  정보가  없음', 'customer_uid를 찾을 수 없음'],
      ...['customer_uid찾을수없음', 'customer_uid(…)로 등록된 정보를 찾을  수  없음', '빌링키없음'],
      ...[
        '빌키가 존재하지 않음',
        '빌링키 정보가 없음',
        '해지된빌링키',
        '삭제된 빌키',
        '만료된  빌링키',
      ],
      '[INVALID_BILL_KEY_REQUEST]',
    ],
    ACCESS_REFUSED: ['Unauthorized', 'API키와secret', 'API키와 secret', 'API키와  secret'],
    TOO_MANY_REQUESTS: [
      ...['너무많은 요청', '너무 많은', '너무  많은', 'Too many requests', '요청횟수초과'],
      ...['요청 한도를 초과', '요청  횟수 초과'],
    ],
    SETTINGS_REFUSED: [
      ...['비인증결제모듈', '비인증 결제 모듈', '비인증  결제  모듈', '사용정보를찾을수없음'],
      ...['사용정보를 찾을 수 없음', '사용정보를  찾을  수  없음', 'PG설정', 'PG 설정', 'PG  설정'],
      ...[
        '채널없음',
        '채널이 없음',
        '채널 정보를 찾을 수 없음',
        '채널 찾을수없음',
        '채널을 찾을  수  없음',
      ],
    ],
    PARAMETERS_REFUSED: [
      '누락되었습니다',
      '파라메터',
      '파라미터',
      '지정해주셔야합니다',
      'parameter',
    ],
    CARD_REFUSED: [
      ...[
        '이미 해지된 카드',
        '이미해지',
        '이미  해지',
        '이미정지',
        '이미 만료',
        '이미 탈회',
        '이미 분실',
      ],
      ...['이미 도난', '이미 사용정지', '이미 사용 정지', '이미 사용  정지', '[F113]카드번호틀림'],
      ...[
        '',
        '카드 거절',
        '[P500]통신장애',
        '[F113]처리 중',
        '[X999]파라메터 누락',
        '[X999]PG 설정',
      ],
    ],
  };

  it('reads a PG’s code in square brackets, in small letters too', () => {
    expect(surprises(CODES, (code) => portone(`거절 [${code}] 사유`).failureCode)).toEqual([]);
    expect(portone('[f113]')).toMatchObject({ failureCode: 'INVALID_CARD', providerCode: 'F113' });
    expect(portone(`[${'A'.repeat(41)}]`).providerCode).toBeNull();
    expect(portone('[A]').providerCode).toBeNull();
  });

  it('reads the sentences of card companies', () => {
    expect(surprises(SENTENCES, (sentence) => portone(sentence).failureCode)).toEqual([]);
  });

  it('reads what a refusal is about', () => {
    expect(surprises(KINDS, refusalKindOf)).toEqual([]);
  });
});
