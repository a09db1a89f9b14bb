import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../../apps/cli/src/program.js';
import { startHouse, type House } from '../support/house.js';

interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

describe('the command line', () => {
  let house: House;
  let folder: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    folder = await mkdtemp(join(tmpdir(), 'refrain-cli-'));
    const { config } = house.platform;
    env = {
      NODE_ENV: 'test',
      DATA_DIR: folder,
      DATABASE_URL: config.databaseUrl,
      ENCRYPTION_KEYS: `test:${Buffer.alloc(32, 7).toString('base64')}`,
      SANDBOX_URL: house.sandbox.url,
      REFRAIN_URL: house.api.url,
      REFRAIN_API_KEY: house.apiKey,
    };
  });
  afterAll(async () => {
    await house.close();
    await rm(folder, { recursive: true, force: true });
  });

  const refrain = async (...argv: string[]): Promise<Ended> => {
    let [out, err] = ['', ''];
    const exitCode = await runCli({
      argv,
      env,
      out: (text) => void (out += text),
      err: (text) => void (err += text),
    });
    return { exitCode, out, err };
  };
  /** As a script sees it. */
  const answer = async <T>(...argv: string[]): Promise<T> => {
    const { exitCode, out, err } = await refrain('--json', ...argv);
    if (exitCode !== 0) throw new Error(`${exitCode} ${out} ${err}`);
    return JSON.parse(out) as T;
  };
  const file = async (name: string, lines: readonly string[]): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, lines.join('\n'));
    return path;
  };
  const makeKeys = async (count: number, cardNumber: string): Promise<string[]> => {
    const made = await house.control('agreements', { provider: 'NEXI', count, cardNumber });
    return ((await made.json()) as { ids: string[] }).ids;
  };
  /** The ids of keys that were attached under these references. */
  const keysOf = async (customerRef: string): Promise<string[]> => {
    const { billingKeys } = await house.graphql<{ billingKeys: { nodes: { id: string }[] } }>(
      'query ($filter: BillingKeyFilter) { billingKeys(filter: $filter, first: 10) { nodes { id } } }',
      { filter: { customerRef } },
    );
    return billingKeys.nodes.map(({ id }) => id);
  };

  it('makes a merchant and its first key, which opens the API until it is revoked', async () => {
    const merchant = await answer<{ id: string }>('merchant', 'create', 'Tea House');
    const apiKey = await answer<{ id: string; key: string }>(
      ...['api-key', 'create', '--merchant', merchant.id, '--name', 'ops', '--scope'],
      ...['charges:read'],
    );
    const { me } = await house.graphql<{ me: object }>(
      '{ me { merchant { id } scopes } }',
      {},
      apiKey.key,
    );
    expect(me).toEqual({ merchant: { id: merchant.id }, scopes: ['CHARGES_READ'] });
    const revoked = await refrain('api-key', 'revoke', apiKey.id, '--merchant', merchant.id);
    expect(revoked).toMatchObject({ exitCode: 0, out: `${apiKey.id} is revoked\n` });
  });

  it('connects a provider account with credentials from a file', async () => {
    const credentials = await file('portone.json', [
      '{ "impKey": "imp_sandbox", "impSecret": "imp_sandbox_secret" }',
    ]);
    const args = [
      ...['provider-account', 'connect', '--name', 'second', '--provider', 'portone'],
      ...['--mode', 'sandbox', '--currencies', 'KRW', '--credentials', credentials],
      ...['--base-url', `${house.sandbox.url}/portone`],
    ];
    const connected = await answer<{ replayed: boolean; warnings: string[] }>(...args);
    expect(connected).toMatchObject({ replayed: false, warnings: [expect.any(String)] });
    expect(await answer(...args)).toMatchObject({ replayed: true });
  });

  it('imports billing keys, again without harm, and names the lines that failed', async () => {
    const [first = '', second = ''] = await makeKeys(2, '4925000000000004');
    const path = await file('keys.csv', [
      'customerRef,providerKey',
      `"Kim, Lee",${first}`,
      `other,${second}`,
      'nobody,not-a-key',
    ]);
    const args = ['--json', 'billing-keys', 'import', path, '--account', 'nexi-sandbox'];
    const { exitCode, out } = await refrain(...args);
    expect(exitCode).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      attached: 2,
      known: 0,
      failed: [{ line: 4, code: 'NOT_FOUND' }],
    });
    expect(JSON.parse((await refrain(...args)).out)).toMatchObject({ attached: 0, known: 2 });
    expect(await keysOf('Kim, Lee')).toHaveLength(1);
  });

  it('submits a file in bulk once, watches it to its end, and explains its charges', async () => {
    const [providerKey = ''] = await makeKeys(1, '4925000000000004');
    const keys = await file('one.ndjson', [JSON.stringify({ customerRef: 'bulk', providerKey })]);
    await answer('billing-keys', 'import', keys, '--account', 'nexi-sandbox');
    const [key = ''] = await keysOf('bulk');
    const path = await file('orders.csv', [
      'billingKeyId,orderId,name,amount,currency',
      `${key},cli-tea-1,"Tea, green",900,EUR`,
    ]);
    const watching = answer<{ bulkCharge: object }>(
      ...['bulk', 'submit', path, '--account', 'nexi-sandbox', '--watch'],
    );
    let isWatching = true;
    void watching.finally(() => (isWatching = false));
    while (isWatching) await house.worker.runUntilIdle();
    expect(await watching).toMatchObject({
      replayed: false,
      bulkCharge: { status: 'COMPLETED', counts: { total: 1, succeeded: 1 } },
    });
    const again = await answer('bulk', 'submit', path, '--account', 'nexi-sandbox');
    expect(again).toMatchObject({ replayed: true });
    const explained = await refrain('charge', 'explain', 'cli-tea-1');
    expect(explained.out).toContain('9.00 EUR was charged; nothing more will happen.');
  });

  it('moves a test clock, and says what it shows', async () => {
    const advancing = answer<{ now: string }>(
      ...['test-clock', 'advance', '--account', 'nexi-sandbox', '--by', '2d'],
    );
    let isAdvancing = true;
    void advancing.finally(() => (isAdvancing = false));
    while (isAdvancing) await house.worker.runUntilIdle();
    const ahead = new Date((await advancing).now).getTime() - Date.now();
    expect(ahead).toBeGreaterThan(47 * 3_600_000);
  });

  it.each([
    ['an order nobody placed', 1, ['charge', 'explain', 'nothing']],
    ['an account nobody has', 1, ['test-clock', 'advance', '--account', 'x', '--by', '1d']],
    ['a file that is not there', 1, ['bulk', 'submit', 'no.csv', '--account', 'nexi-sandbox']],
    ['an id of another kind', 2, ['api-key', 'revoke', 'x', '--merchant', 'acc_1']],
    ['an unknown command', 2, ['charge', 'forget']],
    ['a missing option', 2, ['bulk', 'submit', 'orders.csv']],
    ['no API', 3, ['charge', 'explain', 'x', '--url', 'http://127.0.0.1:1']],
  ])('ends with its own code for %s', async (_, exitCode, argv) => {
    const ended = await refrain(...argv);
    expect(ended).toMatchObject({ exitCode, out: '' });
    expect(ended.err).not.toContain('    at ');
  });

  it('tells a refusal as JSON to scripts', async () => {
    const { err, exitCode } = await refrain('charge', 'explain', 'nothing', '--json');
    expect([exitCode, JSON.parse(err)]).toEqual([
      1,
      { error: { message: 'expected a charge of yours, found none for nothing' } },
    ]);
  });
});
