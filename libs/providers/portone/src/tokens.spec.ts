import type { HttpAnswer, HttpCall, HttpSender } from '#platform/http';
import type { AccountAccess } from '#providers/contract';
import { PortoneClient } from './portone.client.js';

/**
 * A PortOne that counts: one living token at a time, by its own clock, which is a year ahead of
 * ours.
 */
class FakePortone {
  readonly deadlineMs = 35_000;
  tokenCalls = 0;
  readonly seen: string[] = [];
  private serial = 0;
  private expiresAt = 0;
  nowSeconds = 1_800_000_000;
  failTokenWith: HttpAnswer | undefined;

  async send(call: HttpCall): Promise<HttpAnswer> {
    await Promise.resolve();
    if (call.url.endsWith('/users/getToken')) return this.token();
    const token = call.headers?.['authorization'] ?? '';
    this.seen.push(token);
    const isAlive = token === `Bearer t${this.serial}` && this.nowSeconds < this.expiresAt;
    return isAlive
      ? answered(200, { code: 0, message: null, response: null })
      : answered(401, { code: -1, message: 'Unauthorized', response: null });
  }

  private token(): HttpAnswer {
    this.tokenCalls += 1;
    if (this.failTokenWith) return this.failTokenWith;
    if (this.nowSeconds >= this.expiresAt) {
      this.serial += 1;
      this.expiresAt = this.nowSeconds + 1800;
    } else if (this.expiresAt - this.nowSeconds < 60) this.expiresAt += 300;
    const { expiresAt: expired_at, nowSeconds: now } = this;
    const response = { access_token: `t${this.serial}`, now, expired_at };
    return answered(200, { code: 0, message: null, response });
  }

  revoke(): void {
    this.expiresAt = 0;
  }

  pass(seconds: number): void {
    this.nowSeconds += seconds;
  }
}

const answered = (status: number, body: object): HttpAnswer => ({
  kind: 'ANSWERED',
  status,
  headers: {},
  text: JSON.stringify(body),
});

const account = {
  baseUrl: 'http://portone.invalid',
  credentials: { imp_key: 'k', imp_secret: 's' },
} as unknown as AccountAccess;
const call = { method: 'POST', path: '/subscribe/payments/again', body: '{}' } as const;

const start = () => {
  const portone = new FakePortone();
  let nowMs = 5_000;
  const client = new PortoneClient(portone as unknown as HttpSender, () => nowMs);
  const pass = (seconds: number) => {
    portone.pass(seconds);
    nowMs += seconds * 1000;
  };
  return { portone, client, pass };
};

describe('PortOne access tokens', () => {
  it('are asked for once, however many calls wait', async () => {
    const { portone, client } = start();
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.send(account, call)));
    expect(answers.every(({ kind }) => kind === 'ANSWERED')).toBe(true);
    expect(portone.tokenCalls).toBe(1);
  });

  it('live by expired_at - now, whatever our clock shows, and are renewed in time', async () => {
    const { portone, client, pass } = start();
    await client.send(account, call);
    pass(1700);
    await client.send(account, call);
    expect(portone.tokenCalls).toBe(1);
    pass(60);
    await client.send(account, call);
    expect(portone.tokenCalls).toBe(2);
    expect(portone.seen).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1']);
    pass(345);
    await client.send(account, call);
    expect(portone.seen.at(-1)).toBe('Bearer t2');
  });

  it('are replaced once when refused in mid-life, by one call for all', async () => {
    const { portone, client } = start();
    await client.send(account, call);
    portone.revoke();
    const answers = await Promise.all(Array.from({ length: 10 }, () => client.send(account, call)));
    expect(answers.map((answer) => answer.kind === 'ANSWERED' && answer.status)).toEqual(
      Array(10).fill(200),
    );
    expect(portone.tokenCalls).toBe(2);
  });

  it('are asked for all the same when somebody wants to know whether they are given', async () => {
    const { portone, client } = start();
    await client.send(account, call);
    expect(await client.knock(account)).toEqual({ kind: 'GRANTED' });
    expect(portone.tokenCalls).toBe(2);
    portone.failTokenWith = { kind: 'NO_ANSWER', reason: 'ECONNRESET' };
    expect(await client.knock(account)).toMatchObject({ kind: 'NOT_SENT' });
  });

  it('refused for good are a 401 after two sends, no more', async () => {
    const { portone, client } = start();
    portone.failTokenWith = answered(200, {
      ...{ code: 0, message: null },
      response: { access_token: 'dead', now: 0, expired_at: 1800 },
    });
    const answer = await client.send(account, call);
    expect(answer).toMatchObject({ kind: 'ANSWERED', status: 401 });
    expect(portone.seen).toHaveLength(2);
  });

  it('that cannot be had mean that nothing was sent', async () => {
    const { portone, client } = start();
    portone.failTokenWith = { kind: 'NO_ANSWER', reason: 'ECONNRESET' };
    expect(await client.send(account, call)).toMatchObject({ kind: 'NOT_SENT' });
    portone.failTokenWith = { ...answered(503, {}), headers: { 'retry-after': '9' } } as HttpAnswer;
    expect(await client.send(account, call)).toMatchObject({
      kind: 'NOT_SENT',
      retryAfterSeconds: 9,
    });
    expect(portone.seen).toHaveLength(0);
  });

  it('refused to wrong credentials are a 401, asked for once in a while', async () => {
    const { portone, client, pass } = start();
    portone.failTokenWith = answered(401, { code: -1, message: '인증에 실패', response: null });
    for (let index = 0; index < 5; index += 1)
      expect(await client.send(account, call)).toMatchObject({ kind: 'ANSWERED', status: 401 });
    expect(portone.tokenCalls).toBe(1);
    portone.failTokenWith = undefined;
    pass(6);
    expect(await client.send(account, call)).toMatchObject({ status: 200 });
  });
});
