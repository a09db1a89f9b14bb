import { APPROVED_CARD, PortoneDriver } from './testing/portone.driver.js';

const ROUTES = [
  ['POST', '/users/getToken'],
  ['POST', '/subscribe/customers/u'],
  ['GET', '/subscribe/customers/u'],
  ['DELETE', '/subscribe/customers/u'],
  ['GET', '/subscribe/customers'],
  ['GET', '/subscribe/customers/u/payments'],
  ['GET', '/subscribe/customers/u/schedules'],
  ['POST', '/subscribe/payments/onetime'],
  ['POST', '/subscribe/payments/foreign'],
  ['POST', '/subscribe/payments/again'],
  ['POST', '/subscribe/payments/schedule'],
  ['POST', '/subscribe/payments/unschedule'],
  ['GET', '/subscribe/payments/schedule'],
  ['GET', '/subscribe/payments/schedule/m'],
  ['GET', '/subscribe/payments/schedule/customers/u'],
  ['PUT', '/subscribe/payments/schedule/m'],
  ['POST', '/subscribe/payments/schedule/m/reschedule'],
  ['POST', '/subscribe/payments/schedule/m/retry'],
  ['GET', '/payments'],
  ['GET', '/payments/imps_1'],
  ['GET', '/payments/find/m'],
  ['GET', '/payments/findAll/m'],
  ['GET', '/payments/status/paid'],
  ['POST', '/payments/cancel'],
  ['POST', '/payments/prepare'],
  ['PUT', '/payments/prepare'],
  ['GET', '/payments/prepare/m'],
  ['GET', '/users/pg'],
] as const;

const FIELDS = [
  'customer_uid',
  'merchant_uid',
  'imp_uid',
  'amount',
  'currency',
  'name',
  'card_number',
  'expiry',
  'birth',
  'schedules',
  'schedule_at',
  'checking_amount',
  'checksum',
  'custom_data',
  'notice_url',
  'card_quota',
  'imp_key',
  'imp_secret',
  'page',
  'limit',
  'from',
  'to',
  'schedule_from',
  'schedule_to',
  'schedule-status',
  'sorting',
  'buyer_name',
  'extra',
  '__proto__',
  'constructor',
];

const VALUES: unknown[] = [
  null,
  '',
  ' ',
  'm',
  'u',
  'KRW',
  'USD',
  APPROVED_CARD,
  '2035-12',
  0,
  1,
  -1,
  1.5,
  1e21,
  Number.MAX_SAFE_INTEGER,
  '1e400',
  '٣',
  true,
  false,
  [],
  [[]],
  {},
  { toString: 1 },
  ['m', null, {}],
  [{ merchant_uid: 'm', schedule_at: 9_999_999_999, amount: 1 }],
  [{ merchant_uid: {}, schedule_at: [], amount: 'NaN' }],
  '[{"merchant_uid":1}]',
  '[{',
  'x'.repeat(300),
  '\u0000',
  '\ud800',
  '한글😀',
  "'; drop table payments; --",
  '../../etc/passwd',
  'Infinity',
  '-0',
  '0x10',
  9_999_999_999,
];

const RAW = [
  '{',
  '[',
  '[]',
  'null',
  '"text"',
  '{"a":}',
  '=',
  '&&&',
  'a[b][c][d][e][f][g]=1',
  'schedules[0][merchant_uid]=m&schedules[999999]=x',
  '%',
  '%E0%A4%A=%',
  'amount[]=1&amount[]=2',
  '\u0000\u0001',
  '{"a":1}{"b":2}',
];

const TYPES = [
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'nonsense',
  '',
];

/** A small generator, so that a failing request can be made again from its number. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
};

describe('malformed requests', () => {
  it('ten thousand of them get PortOne envelopes, never a 500 or a crash', async () => {
    const portone = await PortoneDriver.start();
    const random = randomFrom(20_261_122);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const statuses = new Map<number, number>();
    for (let index = 0; index < 10_000; index += 1) {
      const [method, path] = pick(ROUTES);
      const fields: Record<string, unknown> = {};
      for (let count = random() * 8; count > 0; count -= 1) fields[pick(FIELDS)] = pick(VALUES);
      const isRaw = random() < 0.15;
      const hasBody = method === 'POST' || method === 'PUT' || random() < 0.1;
      const query = Object.entries(fields)
        .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(textOf(value))}`)
        .join('&');
      const type = pick(TYPES);
      const answer = await portone.sandbox.app.inject({
        method,
        url: `/portone${path}${hasBody ? '' : `?${query}`}`,
        headers: {
          authorization: random() < 0.95 ? portone.token : pick(['', 'Bearer', 'x']),
          ...(hasBody && type !== '' && { 'content-type': type }),
        },
        ...(hasBody && { payload: isRaw ? pick(RAW) : JSON.stringify(fields) }),
      });
      statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
      const told = `request ${index}: ${method} ${path} ${answer.statusCode} ${answer.payload}`;
      if (answer.statusCode >= 500) throw new Error(told);
      const body = answer.json();
      if (!('code' in body && 'message' in body && 'response' in body)) throw new Error(told);
      if ((body.code === 0) !== (body.message === null)) throw new Error(told);
    }
    expect([...statuses.keys()].every((status) => status < 500)).toBe(true);
    expect(statuses.get(400)).toBeGreaterThan(500);
    expect((await portone.again(await portone.makeKey(), 'alive')).response.status).toBe('paid');
    await portone.close();
  }, 60_000);
});

const textOf = (value: unknown): string => {
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(/[\ud800-\udfff]/g, '?');
};
