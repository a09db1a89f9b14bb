import { APPROVED_CARD, POOR_CARD, PortoneDriver } from './testing/portone.driver.js';

const card = (number = APPROVED_CARD): object => ({
  card_number: number,
  expiry: '2035-12',
  birth: '881012',
  pwd_2digit: '12',
});

describe('a billing key', () => {
  let portone: PortoneDriver;
  beforeAll(async () => (portone = await PortoneDriver.start()));
  afterAll(() => portone.close());

  const issue = (uid: string, more: object = {}): ReturnType<PortoneDriver['post']> =>
    portone.post(`/subscribe/customers/${encodeURIComponent(uid)}`, { ...card(), ...more });

  it('is issued under a uid the merchant chose, with a slash or in Korean', async () => {
    const issued = await issue('회원/17 a', { customer_name: '홍길동', channel_key: 'any' });
    expect(issued).toMatchObject({ status: 200, code: 0, message: null });
    expect(issued.response).toMatchObject({
      customer_uid: '회원/17 a',
      card_name: '해외비자',
      card_code: '438',
      card_number: '433012******0009',
      customer_name: '홍길동',
      pg_provider: 'nice',
      sandbox: false,
    });
    const read = await portone.get(`/subscribe/customers/${encodeURIComponent('회원/17 a')}`);
    expect(read.response).toEqual(issued.response);
  });

  it('takes the new card when issued again', async () => {
    const first = (await issue('again-1')).response;
    const second = (await issue('again-1', card(POOR_CARD))).response;
    expect(second.card_number).not.toBe(first.card_number);
    expect(second.inserted).toBe(first.inserted);
    const charged = await portone.again('again-1', 'reissued');
    expect(charged.response.status).toBe('failed');
  });

  it('is refused for a number no card has, in the recorded words', async () => {
    const refused = await issue('bad', { card_number: '1234-1234-1234-1234' });
    expect(refused).toMatchObject({ status: 200, code: -1, response: null });
    expect(refused.message).toMatch(/^카드정보 인증 및 빌키 발급에 실패하였습니다\./);
    expect(refused.message).toContain('유효하지않은 카드번호를 입력하셨습니다.');
    expect((await portone.get('/subscribe/customers/bad')).code).toBe(1);
  });

  it('is refused by cards that fail at registration, and by none of the others', async () => {
    const cards = (await portone.control('/cards', undefined, 'GET')) as {
      provider: string;
      number: string;
      outcome: string;
      at?: string;
    }[];
    const ours = cards.filter(({ provider }) => provider === 'PORTONE');
    for (const [index, { number, at }] of ours.entries()) {
      const answer = await issue(`magic-${index}`, { card_number: number });
      expect(answer.code === 0).toBe(at === undefined);
    }
    const firstRefused = cards.findIndex(({ at }) => at === 'REGISTRATION');
    expect(cards.slice(firstRefused).every(({ at }) => at === 'REGISTRATION')).toBe(true);
  });

  it('needs card_number and expiry, each of the right form', async () => {
    for (const wrong of [
      { card_number: undefined },
      { expiry: undefined },
      { expiry: '2030-13' },
      { birth: '12' },
      { pwd_2digit: 'x' },
      { customer_name: 'n'.repeat(21) },
      { channel_key: 'c'.repeat(56) },
    ]) {
      expect(await issue('wrong', wrong)).toMatchObject({ status: 400, response: null });
    }
    expect((await issue('u'.repeat(81))).status).toBe(400);
  });

  it('in a channel group answers as a super key', async () => {
    const { response } = await issue('super', { channel_group_id: 'group-1' });
    expect(response).toMatchObject({ customer_uid: 'super', failedChannels: [] });
    expect(response.succeededChannels).toHaveLength(1);
  });

  it('unknown answers 200 with code 1, or 404 when the switch says as specified', async () => {
    const message = '요청하신 customer_uid(nobody)로 등록된 정보를 찾을 수 없습니다.';
    const recorded = { status: 200, code: 1, message, response: null };
    expect(await portone.get('/subscribe/customers/nobody')).toEqual(recorded);
    expect(await portone.call('DELETE', '/subscribe/customers/nobody')).toEqual(recorded);
    await portone.control('/switches', { portoneUnknownKey: 'spec' });
    expect(await portone.get('/subscribe/customers/nobody')).toMatchObject({
      status: 404,
      message,
    });
    await portone.control('/switches', { portoneUnknownKey: 'recorded' });
  });

  it('can be read with others: 200 for all, 207 for some, 404 for none, in no promised order', async () => {
    await issue('m-1');
    await issue('m-2');
    const read = (...uids: string[]): ReturnType<PortoneDriver['get']> =>
      portone.get(`/subscribe/customers?${uids.map((it) => `customer_uid%5B%5D=${it}`).join('&')}`);
    const all = await read('m-1', 'm-2');
    expect(all.status).toBe(200);
    expect(all.response.map((it: any) => it.customer_uid).sort()).toEqual(['m-1', 'm-2']);
    expect(await read('m-1', 'm-x')).toMatchObject({ status: 207, code: 0 });
    expect((await read('m-x', 'm-y')).status).toBe(404);
    expect((await portone.get('/subscribe/customers')).status).toBe(400);
  });

  it('is deleted with a reason and then unknown to charges', async () => {
    await issue('gone');
    const deleted = await portone.call(
      'DELETE',
      '/subscribe/customers/gone?reason=bye&extra[requester]=customer',
    );
    expect(deleted.response.customer_uid).toBe('gone');
    expect(await portone.again('gone', 'gone-1')).toEqual({
      status: 200,
      code: 1,
      message: '등록되지 않은 구매자입니다.',
      response: null,
    });
    await portone.control('/switches', { portoneUnknownBuyerCode: '-1' });
    expect((await portone.again('gone', 'gone-2')).code).toBe(-1);
    await portone.control('/switches', { portoneUnknownBuyerCode: '1' });
  });

  it('lists what was paid with it, twenty a page', async () => {
    const uid = await portone.makeKey();
    for (let index = 0; index < 21; index += 1) await portone.again(uid, `listed-${index}`);
    const first = (await portone.get(`/subscribe/customers/${uid}/payments`)).response;
    expect(first).toMatchObject({ total: 21, previous: 0, next: 2 });
    expect(first.list).toHaveLength(20);
    const second = (await portone.get(`/subscribe/customers/${uid}/payments?page=2`)).response;
    expect(second).toMatchObject({ previous: 1, next: 0 });
    expect(second.list[0].merchant_uid).toBe('listed-0');
    expect((await portone.get('/subscribe/customers/nobody/payments')).response.total).toBe(0);
  });
});
