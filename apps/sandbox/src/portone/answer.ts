import { jsonOf } from './json-text.js';

/** PortOne's envelope, and the HTTP status it travels under. */
export interface Answer {
  status: number;
  code: number;
  message: string | null;
  response: unknown;
}

export const done = (response: unknown, status = 200): Answer => ({
  status,
  code: 0,
  message: null,
  response,
});

/** Most failures of business come with HTTP 200 and a code other than 0; clients must not switch on the number. */
export const failed = (
  message: string,
  { status = 200, code = 1 }: { status?: number; code?: number } = {},
): Answer => ({ status, code, message, response: null });

export const badRequest = (message: string): Answer => failed(message, { status: 400, code: -1 });
export const notFound = (message: string): Answer => failed(message, { status: 404, code: -1 });
export const unauthorized = (): Answer => failed('Unauthorized', { status: 401, code: -1 });

export const bodyOf = ({ code, message, response }: Answer): string =>
  `{"code":${code},"message":${JSON.stringify(message)},"response":${jsonOf(response)}}`;

export const CONTENT_TYPE = 'application/json; charset=UTF-8';

export const MESSAGES = {
  badCredentials: '인증에 실패하였습니다. API키와 secret을 확인하세요.',
  missingCredentials: 'imp_key, imp_secret 파라메터가 누락되었습니다.',
  noPayment: '존재하지 않는 결제정보입니다.',
  badStatus: '지원되지 않는 상태값입니다.',
  nothingToCancel: '취소할 결제건이 존재하지 않습니다.',
  alreadyCancelled: '이미 전액취소된 주문입니다.',
  noUidToCancel: 'imp_uid 또는 merchant_uid 중 하나는 반드시 지정해주셔야합니다.',
  overCancel: '취소요청금액이 취소가능금액보다 큽니다.',
  checksum: '취소가능금액(checksum)이 일치하지 않습니다.',
  cardRefused: '카드정보 인증에 실패하였습니다.',
  issueRefused: '카드정보 인증 및 빌키 발급에 실패하였습니다.',
  scheduleCardRefused: '카드정보 확인에 실패하였습니다.',
  invalidCard: '유효하지않은 카드번호를 입력하셨습니다.',
  chargeRefused: '결제요청에 실패하였습니다.',
  alreadyOrdered:
    '이미 주문이 이루어진 건입니다. (동일한 merchant_uid로 결제 또는 취소된 기록이 있습니다)',
  unknownBuyer: '등록되지 않은 구매자입니다.',
  unknownCustomer: '등록된 고객정보가 없습니다.',
  alreadyScheduled: '이미 등록된 merchant_uid로 예약된 결제가 존재합니다.',
  scheduleInPast: '예약시각(schedule_at)은 현재시각 이후여야 합니다.',
  nothingToUnschedule: '취소할 예약결제 기록이 존재하지 않습니다.',
  noSchedule: '예약결제 기록이 존재하지 않습니다.',
  scheduleNotPending: '예약대기 상태가 아닌 예약결제는 변경할 수 없습니다.',
  scheduleNotRetryable: '실패 또는 취소된 예약결제만 재시도할 수 있습니다.',
  prepared: '결제정보 사전등록에 실패하였습니다(이미 등록된 merchant_uid입니다).',
  notPrepared: '사전등록된 결제정보가 존재하지 않습니다.',
} as const;

export const unknownKey = (customerUid: string): string =>
  `요청하신 customer_uid(${customerUid})로 등록된 정보를 찾을 수 없습니다.`;
