import { drawLuck } from '../core/faults.js';
import { POOR_CARD, PortoneDriver, Receiver } from './testing/portone.driver.js';

const AGAIN = '/subscribe/payments/again';

interface Seen {
  status?: number;
  contentType?: string;
  text?: string;
  retryAfter?: string | null;
  error?: string;
}

/** Fates are felt on the wire, so these tests use a socket. */
describe('a fault', () => {
  let portone: PortoneDriver;
  let address: string;
  let key: string;
  let made = 0;
  beforeAll(async () => {
    portone = await PortoneDriver.start();
    address = await portone.sandbox.listen();
    key = await portone.makeKey();
  });
  afterEach(() => portone.control('/faults', undefined, 'DELETE'));
  afterAll(() => portone.close());

  const setFault = (fate: string, more: object = {}): Promise<unknown> =>
    portone.control('/faults', [{ match: { provider: 'PORTONE', path: AGAIN }, fate, ...more }]);

  const charge = async (merchantUid: string, waitMs = 400): Promise<Seen> => {
    try {
      const answer = await fetch(`${address}/portone${AGAIN}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: portone.token },
        body: JSON.stringify({ customer_uid: key, merchant_uid: merchantUid, amount: 100 }),
        signal: AbortSignal.timeout(waitMs),
      });
      const contentType = answer.headers.get('content-type') ?? '';
      const retryAfter = answer.headers.get('retry-after');
      return { status: answer.status, contentType, retryAfter, text: await answer.text() };
    } catch (error) {
      const { cause, name } = error as Error & { cause?: { code?: string } };
      return { error: cause?.code ?? name };
    }
  };
  const isCaptured = async (merchantUid: string): Promise<boolean> =>
    (await portone.ledger()).some((line) => line.reference === merchantUid);
  const meet = async (fate: string, more: object = {}): Promise<Seen & { captured: boolean }> => {
    await setFault(fate, more);
    made += 1;
    const merchantUid = `fault-${made}`;
    const seen = await charge(merchantUid);
    return { ...seen, captured: await isCaptured(merchantUid) };
  };

  it('before the execution leaves nothing charged', async () => {
    expect(await meet('refuse')).toEqual({ error: 'ECONNRESET', captured: false });
    expect(await meet('hang-before')).toEqual({ error: 'TimeoutError', captured: false });
    expect(await meet('500-before')).toMatchObject({ status: 500, captured: false });
    const gateway = await meet('502-before');
    expect(gateway).toMatchObject({ status: 502, contentType: 'text/html', captured: false });
    expect(await meet('504-before')).toMatchObject({ status: 504, captured: false });
    expect(await meet('unauthorized')).toMatchObject({ status: 401, captured: false });
    expect(await meet('rate-limited')).toMatchObject({
      status: 429,
      retryAfter: null,
      captured: false,
    });
    const patient = await meet('rate-limited', { options: { retryAfterSeconds: 7 } });
    expect(patient.retryAfter).toBe('7');
  });

  it('after the execution has charged, whatever the caller is told', async () => {
    expect(await meet('hang-after')).toEqual({ error: 'TimeoutError', captured: true });
    expect(await meet('response-lost')).toEqual({ error: 'ECONNRESET', captured: true });
    expect(await meet('reset-mid-body')).toMatchObject({ captured: true });
    expect(await meet('500-after')).toMatchObject({ status: 500, captured: true });
    expect(await meet('502-after')).toMatchObject({ status: 502, captured: true });
    expect(await meet('504-after')).toMatchObject({ status: 504, captured: true });
    const html = await meet('html-body');
    expect(html).toMatchObject({ status: 200, contentType: 'text/html', captured: true });
    const truncated = await meet('truncated-json');
    expect(truncated).toMatchObject({ status: 200, captured: true });
    expect(() => JSON.parse(truncated.text ?? '')).toThrow();
    const lied = await meet('reported-failed');
    expect(lied.captured).toBe(true);
    const { code, response } = JSON.parse(lied.text ?? '{}');
    expect(code !== 0 || response.status === 'failed').toBe(true);
  });

  it('can make a charge slow', async () => {
    const start = Date.now();
    const slow = await meet('slow', { options: { minMs: 120, maxMs: 130 } });
    expect(slow).toMatchObject({ status: 200, captured: true });
    expect(Date.now() - start).toBeGreaterThanOrEqual(115);
    await setFault('slow', { options: { medianMs: 20, p99Ms: 60 } });
    expect((await charge('slow-2')).status).toBe(200);
  });

  it('can make a failed payment paid later, with its webhook', async () => {
    const receiver = await Receiver.start();
    await portone.control('/accounts', { key: 'imp_sandbox', webhookUrl: receiver.url });
    const told = await meet('failed-then-paid', { options: { seconds: 30 } });
    expect(JSON.parse(told.text ?? '{}').response.status).toBe('failed');
    expect(told.captured).toBe(false);
    await portone.moveClock(31);
    expect(await isCaptured(`fault-${made}`)).toBe(true);
    expect(receiver.bodies).toMatchObject([{ merchant_uid: `fault-${made}`, status: 'paid' }]);
    await portone.control('/accounts', { key: 'imp_sandbox', webhookUrl: null });
    await receiver.close();
  });

  it('can hide a payment or an executed schedule from look-ups for a while', async () => {
    await portone.control('/faults', [{ fate: 'lookup-lag', options: { seconds: 60 } }]);
    const { imp_uid } = (await portone.again(key, 'lag-1')).response;
    const schedule_at = portone.nowSeconds() + 100;
    expect((await portone.get(`/payments/${imp_uid}`)).status).toBe(404);
    expect((await portone.get('/payments/findAll/lag-1')).status).toBe(404);
    expect((await portone.get('/payments?merchant_uid[]=lag-1')).status).toBe(404);
    await portone.moveClock(61);
    expect((await portone.get('/payments/findAll/lag-1')).status).toBe(200);
    await portone.schedule(key, [{ merchant_uid: 'lag-2', schedule_at, amount: 1 }]);
    await portone.moveClock(45);
    const status = async (): Promise<string> =>
      (await portone.get('/subscribe/payments/schedule/lag-2')).response.schedule_status;
    expect(await isCaptured('lag-2')).toBe(true);
    expect(await status()).toBe('scheduled');
    await portone.moveClock(60);
    expect(await status()).toBe('executed');
  });

  it('can take look-ups down while charging works', async () => {
    await portone.control('/faults', [{ match: { provider: 'PORTONE' }, fate: 'lookup-down' }]);
    expect((await portone.again(key, 'down-1')).response.status).toBe('paid');
    expect((await portone.get('/payments/find/down-1')).status).toBe(503);
  });

  it('can set the duplicate guard aside for some references', async () => {
    const match = { reference: 'loose-*' };
    await portone.control('/faults', [
      { match, fate: 'duplicate-guard', options: { mode: 'none' } },
    ]);
    for (const uid of ['loose-1', 'loose-1', 'tight-1']) await portone.again(key, uid);
    expect((await portone.get('/payments/findAll/loose-1')).response.total).toBe(2);
    expect((await portone.again(key, 'tight-1')).code).toBe(1);
  });

  it('meets the same references whatever the order they come in', async () => {
    const uids = Array.from({ length: 40 }, (_, index) => `seeded-${index}`);
    const struckIn = async (order: string[], suffix: string): Promise<string[]> => {
      await setFault('500-before', { match: { path: AGAIN, share: 0.5 }, seed: 'a' });
      const struck: string[] = [];
      await Promise.all(
        order.map(async (uid) => {
          const answer = await portone.again(key, uid, { amount: suffix.length + 1 });
          if (answer.status === 500) struck.push(uid);
        }),
      );
      return struck.sort();
    };
    const first = await struckIn(uids, 'x');
    expect(first).toEqual(uids.filter((uid) => drawLuck('a', uid, 1) < 0.5).sort());
    expect(await struckIn([...uids].reverse(), 'y')).toEqual(first);
    expect(first.length).toBeGreaterThan(8);
    expect(first.length).toBeLessThan(32);
  });

  it('strikes as often as it was told, in all and for each reference', async () => {
    await setFault('500-before', { times: 2 });
    const statuses: number[] = [];
    for (let index = 0; index < 4; index += 1) {
      statuses.push((await portone.again(key, `times-${index}`)).status);
    }
    expect(statuses).toEqual([500, 500, 200, 200]);
    await setFault('500-before', { timesPerReference: 1 });
    const second: number[] = [];
    for (const uid of ['each-1', 'each-1', 'each-2', 'each-2']) {
      second.push((await portone.again(key, uid)).status);
    }
    expect(second).toEqual([500, 200, 500, 200]);
    expect((await portone.control('/faults', undefined, 'GET'))[0].struck).toBe(2);
  });

  it('is named in the request log beside the request it met', async () => {
    await meet('500-after');
    const path = `/requests?reference=fault-${made}`;
    const [request] = await portone.control(path, undefined, 'GET');
    expect(request).toMatchObject({
      method: 'POST',
      path: `/portone${AGAIN}`,
      reference: `fault-${made}`,
      account: 'imp_sandbox',
      fate: 'error-after',
    });
    expect(Date.parse(request.time)).toBeGreaterThan(0);
  });

  it('can be added one by one, listed and cleared', async () => {
    await portone.control('/faults', { fate: 'slow' });
    expect(await portone.control('/faults', { fate: 'refuse' })).toHaveLength(2);
    expect(await portone.control('/faults', [])).toEqual([]);
  });
});

describe('a fault of webhooks', () => {
  let portone: PortoneDriver;
  let receiver: Receiver;
  let key: string;
  beforeEach(async () => {
    portone = await PortoneDriver.start();
    receiver = await Receiver.start();
    await portone.control('/accounts', { key: 'imp_sandbox', webhookUrl: receiver.url });
    key = await portone.makeKey();
  });
  afterEach(async () => {
    await portone.close();
    await receiver.close();
  });
  const settle = (): Promise<void> => portone.sandbox.core.webhooks.settled(5000);
  const uids = (): string[] => receiver.bodies.map((it) => it.merchant_uid);

  it('drops, doubles or delays them', async () => {
    await portone.control('/faults', [
      { match: { reference: 'lost' }, fate: 'webhook-dropped' },
      { match: { reference: 'many' }, fate: 'webhook-doubled', options: { count: 3 } },
      { match: { reference: 'late' }, fate: 'webhook-delayed', options: { seconds: 90 } },
    ]);
    for (const uid of ['lost', 'many', 'late', 'plain']) await portone.again(key, uid);
    await settle();
    expect(uids().sort()).toEqual(['many', 'many', 'many', 'plain']);
    await portone.moveClock(91);
    expect(uids().at(-1)).toBe('late');
  });

  it('reverses them', async () => {
    const options = { windowMs: 200 };
    await portone.control('/faults', [{ fate: 'webhook-reversed', options }]);
    for (const uid of ['r-1', 'r-2', 'r-3']) await portone.again(key, uid);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(uids()).toEqual(['r-3', 'r-2', 'r-1']);
  });

  it('forges one that claims a payment nobody made', async () => {
    await portone.control('/faults', [{ fate: 'webhook-forged' }]);
    const poor = await portone.makeKey(POOR_CARD);
    const schedule_at = portone.nowSeconds() + 10;
    await portone.schedule(poor, [{ merchant_uid: 'f-1', schedule_at, amount: 1 }]);
    await portone.moveClock(11);
    await settle();
    expect(receiver.bodies.map((it) => it.status).sort()).toEqual(['failed', 'paid']);
    expect((await portone.get('/payments/imps_000000000000')).status).toBe(404);
    expect(await portone.ledger()).toEqual([]);
  });
});
