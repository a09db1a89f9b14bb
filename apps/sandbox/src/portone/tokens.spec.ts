import { openCore } from '../core/index.js';
import { PortoneDriver } from './testing/portone.driver.js';
import { Tokens } from './tokens.js';

describe('a PortOne token', () => {
  let portone: PortoneDriver;
  beforeAll(async () => (portone = await PortoneDriver.start()));
  afterAll(() => portone.close());

  it('lives half an hour and is the same for all who ask', async () => {
    const first = (await portone.getToken()).response;
    const second = (await portone.getToken()).response;
    expect(Object.keys(first).sort()).toEqual(['access_token', 'expired_at', 'now']);
    expect(first.expired_at - first.now).toBeGreaterThan(1790);
    expect(first.expired_at - first.now).toBeLessThanOrEqual(1800);
    expect(second.access_token).toBe(first.access_token);
    expect(second.expired_at).toBe(first.expired_at);
  });

  it('gets five minutes more in its last minute, and a successor after its end', async () => {
    const core = openCore({ publicUrl: '' });
    let now = 1_000_000;
    const tokens = new Tokens(core, () => now);
    const account = core.accounts.find('PORTONE', 'imp_sandbox')!;
    const first = tokens.issue(account);
    now += 1741;
    const extended = tokens.issue(account);
    expect(extended.access_token).toBe(first.access_token);
    expect(extended.expired_at).toBe(first.expired_at + 300);
    now = extended.expired_at;
    expect(tokens.accountOf(first.access_token)).toBeUndefined();
    expect(tokens.issue(account).access_token).not.toBe(first.access_token);
    await core.close();
  });

  it('is refused to whoever lacks the secret or leaves out a parameter', async () => {
    expect(await portone.getToken('imp_sandbox', 'wrong')).toEqual({
      status: 401,
      code: -1,
      message: '인증에 실패하였습니다. API키와 secret을 확인하세요.',
      response: null,
    });
    const missing = await portone.post('/users/getToken', { imp_key: 'imp_sandbox' });
    expect(missing.status).toBe(400);
    expect(missing.message).toBe('imp_key, imp_secret 파라메터가 누락되었습니다.');
  });

  it('may be carried in four ways', async () => {
    const { token } = portone;
    const path = '/users/pg';
    const bare = { authorization: '' };
    for (const headers of [
      { authorization: `Bearer ${token}` },
      { authorization: token },
      { ...bare, 'x-imptokenheader': token },
    ]) {
      expect(await portone.call('GET', path, { headers })).toMatchObject({ status: 200, code: 0 });
    }
    const inQuery = await portone.call('GET', `${path}?_token=${token}`, { headers: bare });
    expect(inQuery.code).toBe(0);
  });

  it('counts in Authorization even when the old header holds a better one', async () => {
    const headers = { authorization: 'wrong', 'x-imptokenheader': portone.token };
    expect((await portone.call('GET', '/users/pg', { headers })).status).toBe(401);
  });

  it('missing or wrong answers 401 Unauthorized', async () => {
    for (const authorization of ['', 'wrong', 'Bearer wrong']) {
      expect(await portone.call('GET', '/users/pg', { headers: { authorization } })).toEqual({
        status: 401,
        code: -1,
        message: 'Unauthorized',
        response: null,
      });
    }
  });

  it('can be asked for by a form with stray spaces, and with a slash at the end', async () => {
    const answer = await portone.call('POST', '/users/getToken/', {
      raw: 'imp_key= imp_sandbox&+imp_secret=+imp_sandbox_secret',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(answer.response.access_token).toBe(portone.token);
  });

  it('travels in a small answer with its length stated, as one client reads only the first chunk', async () => {
    const answer = await portone.sandbox.app.inject({
      method: 'POST',
      url: '/portone/users/getToken',
      payload: { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' },
    });
    expect(answer.headers['content-type']).toBe('application/json; charset=UTF-8');
    expect(Number(answer.headers['content-length'])).toBeLessThan(300);
  });
});
