import { createSandbox, type Sandbox } from '../sandbox.js';

describe('the control API', () => {
  let sandbox: Sandbox;
  beforeAll(async () => (sandbox = await createSandbox()));
  afterAll(() => sandbox.close());

  const post = async (path: string, payload: object): Promise<{ status: number; body: any }> => {
    const answer = await sandbox.app.inject({ method: 'POST', url: `/control${path}`, payload });
    return { status: answer.statusCode, body: answer.json() };
  };
  const get = async (path: string): Promise<any> =>
    (await sandbox.app.inject({ method: 'GET', url: path })).json();

  it('says it is alive', async () => {
    expect(await get('/health')).toEqual({ status: 'ok' });
  });

  it('lists at least one card for each outcome, in the shape of the contract', async () => {
    const cards = await get('/control/cards');
    for (const card of cards) {
      expect(card).toMatchObject({
        provider: expect.stringMatching(/^(PORTONE|NEXI)$/),
        number: expect.stringMatching(/^[\d-]+$/),
        outcome: expect.stringMatching(/^[A-Z_]+$/),
        description: expect.any(String),
      });
    }
    const ours = cards.filter((it: any) => it.provider === 'PORTONE' && !it.at);
    expect(new Set(ours.map((it: any) => it.outcome)).size).toBe(16);
    const numbers = cards.map((it: any) => `${it.provider} ${it.number}`);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('makes keys in bulk with a card that registers', async () => {
    const made = await post('/agreements', {
      provider: 'PORTONE',
      count: 500,
      cardNumber: '4330-1200-0000-0009',
    });
    expect(new Set(made.body.ids).size).toBe(500);
    for (const wrong of [
      { provider: 'VISA' },
      { count: 0 },
      { count: 1.5 },
      { cardNumber: '1' },
      { cardNumber: '4000-0900-0000-0078' },
      { account: 'nobody' },
    ]) {
      const order = { provider: 'PORTONE', count: 1, cardNumber: '4330-1200-0000-0009' };
      const refused = await post('/agreements', { ...order, ...wrong });
      expect(refused.status).toBe(400);
      expect(refused.body.error).toContain(Object.keys(wrong)[0]);
    }
  });

  it('moves clocks forward only, and only those it knows', async () => {
    const in1h = new Date(Date.now() + 3_600_000).toISOString();
    expect((await post('/clock', { at: in1h, account: 'imp_sandbox' })).status).toBe(200);
    for (const wrong of [
      { at: new Date().toISOString() },
      { at: 'tomorrow' },
      { at: '2030-01-01' },
      { at: 12 },
      { at: in1h, account: 'nobody' },
      {},
    ]) {
      expect((await post('/clock', wrong)).status).toBe(400);
    }
    const { accounts } = await get('/control/clock');
    expect(Date.parse(accounts['imp_sandbox'])).toBeGreaterThanOrEqual(Date.parse(in1h));
    const all = new Date(Date.now() + 7_200_000).toISOString();
    expect((await post('/clock', { at: all })).status).toBe(200);
    const moved = (await get('/control/clock')).accounts;
    expect(Date.parse(moved['test-secret-key-sandbox'])).toBeGreaterThanOrEqual(Date.parse(all));
  });

  it('names the switch that is wrong, and the default of each', async () => {
    const switches = await get('/control/switches');
    const named = Object.fromEntries(switches.map((it: any) => [it.name, it.value]));
    expect(named).toMatchObject({ duplicateGuard: 'paid-only', scheduleLatenessSeconds: 0 });
    expect((await post('/switches', { nonsense: 1 })).body.error).toContain('nonsense');
    expect((await post('/switches', { duplicateGuard: 'maybe' })).body.error).toContain('strict');
    expect((await post('/switches', { scheduleLatenessSeconds: -1 })).status).toBe(400);
  });

  it('refuses faults and accounts it cannot read, naming the field', async () => {
    for (const [rule, field] of [
      [{ fate: 'nonsense' }, 'fate'],
      [{ fate: 'slow', match: { share: 2 } }, 'match.share'],
      [{ fate: 'slow', match: { provider: 'X' } }, 'match.provider'],
      [{ fate: 'slow', times: -1 }, 'times'],
      [{ fate: 'slow', options: { minMs: 'x' } }, 'options.minMs'],
      [{ fate: 'duplicate-guard' }, 'options.mode'],
    ] as [object, string][]) {
      const refused = await post('/faults', [rule]);
      expect(refused.status).toBe(400);
      expect(refused.body.error).toContain(field);
    }
    expect((await post('/accounts', { key: 'new one' })).status).toBe(400);
    expect((await post('/accounts', { key: 'k', provider: 'PORTONE' })).body.error).toMatch(
      /secret/,
    );
    const wrong = { key: 'imp_sandbox', webhookUrl: 'nowhere' };
    expect((await post('/accounts', wrong)).body.error).toMatch(/webhookUrl/);
  });

  it('answers a checkout nobody opened with 400', async () => {
    const path = '/checkouts/unknown/complete';
    expect((await post(path, { cardNumber: '4925000000000004' })).status).toBe(400);
    expect((await post(path, {})).body.error).toContain('cardNumber');
  });
});
