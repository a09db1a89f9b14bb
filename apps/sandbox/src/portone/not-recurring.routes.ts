import type { AddRoute } from './portone.js';
import { done, failed, notFound, type Answer } from './answer.js';

/** Codes of the Korea Financial Telecommunications institute, as PortOne lists them. */
const BANKS: Readonly<Record<string, string>> = {
  '003': '기업은행',
  '004': '국민은행',
  '011': '농협중앙회',
  '020': '우리은행',
  '023': 'SC제일은행',
  '027': '씨티은행',
  '081': 'KEB하나은행',
  '088': '신한은행',
  '089': '케이뱅크',
  '090': '카카오뱅크',
};

const CARDS: Readonly<Record<string, string>> = {
  '041': '우리카드',
  '361': 'BC카드',
  '365': '삼성카드',
  '366': '신한카드',
  '367': '현대카드',
  '368': '롯데카드',
  '370': '씨티카드',
  '371': 'NH카드',
  '374': '하나SK카드',
  '381': 'KB국민카드',
};

const addCodes = (add: AddRoute, name: string, codes: Readonly<Record<string, string>>): void => {
  const list = Object.entries(codes).map(([code, label]) => ({ code, name: label }));
  add('GET', `/${name}`, () => done(list));
  add('GET', `/${name}/:code`, ({ params }) => {
    const found = list.find(({ code }) => code === params['code']);
    return found ? done(found) : notFound('존재하지 않는 코드입니다.');
  });
};

/** What an account that only charges cards is told: nothing recurring payments touch is among these. */
const REFUSALS: readonly [Answer, ['GET' | 'POST' | 'PUT' | 'DELETE', string][]][] = [
  [
    notFound('존재하지 않는 인증정보입니다.'),
    [
      ['GET', '/certifications/:imp_uid'],
      ['DELETE', '/certifications/:imp_uid'],
    ],
  ],
  [
    failed('가상계좌 사용정보를 찾을 수 없습니다.'),
    [
      ['POST', '/vbanks'],
      ['PUT', '/vbanks/:imp_uid'],
      ['DELETE', '/vbanks/:imp_uid'],
    ],
  ],
  [notFound('예금주를 조회할 수 없습니다.'), [['GET', '/vbanks/holder']]],
  [
    failed('에스크로 결제건이 아닙니다.'),
    [
      ['POST', '/escrows/logis/:imp_uid'],
      ['PUT', '/escrows/logis/:imp_uid'],
    ],
  ],
  [
    notFound('발급된 현금영수증이 없습니다.'),
    [
      ['GET', '/receipts/:imp_uid'],
      ['DELETE', '/receipts/:imp_uid'],
      ['GET', '/receipts/external/:merchant_uid'],
      ['DELETE', '/receipts/external/:merchant_uid'],
    ],
  ],
  [
    failed('현금영수증을 발급할 수 없는 결제건입니다.'),
    [
      ['POST', '/receipts/:imp_uid'],
      ['POST', '/receipts/external/:merchant_uid'],
    ],
  ],
  [failed('카카오페이 사용정보를 찾을 수 없습니다.'), [['GET', '/kakao/payment/orders']]],
  [failed('PAYCO 결제건이 아닙니다.'), [['POST', '/payco/orders/status/:imp_uid']]],
  [
    failed('네이버페이 결제건이 아닙니다.'),
    [
      ['GET', '/naver/product-orders/:product_order_id'],
      ['GET', '/naver/reviews'],
      ['GET', '/payments/:imp_uid/naver/:action'],
      ['POST', '/payments/:imp_uid/naver/:action'],
    ],
  ],
];

export const addNotRecurringRoutes = (add: AddRoute): void => {
  addCodes(add, 'banks', BANKS);
  addCodes(add, 'cards', CARDS);
  for (const [answer, routes] of REFUSALS) {
    for (const [method, path] of routes) add(method, path, () => answer);
  }
};
