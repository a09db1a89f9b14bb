import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, readConfig } from './config.js';
import { renderConfigTable, renderEnvExample } from './config-docs.js';
import { keepDataFile, loadConfig } from './data-dir.js';

const KEY = Buffer.alloc(32, 7).toString('base64');

const messageOf = (env: Record<string, string>): string => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('the configuration', () => {
  it('stands on its defaults when nothing is set', () => {
    expect(readConfig({}).databaseUrl).toBeUndefined();
    expect(readConfig({})).toMatchObject({
      port: 3000,
      sandboxPort: 4010,
      metricsPort: 9464,
      dataDir: '.refrain',
      publicUrl: 'http://127.0.0.1:3000',
      sandboxUrl: 'http://127.0.0.1:4010',
      leaseSeconds: 90,
      looksSeconds: [10, 30, 120, 300, 600, 1800],
      predecessorProvedDead: false,
    });
  });

  it('is frozen, and an empty variable counts as unset', () => {
    const config = readConfig({ PORT: '', PUBLIC_URL: 'https://pay.example/' });
    expect(config).toMatchObject({ port: 3000, publicUrl: 'https://pay.example' });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('listens for wake-ups where it reads unless told otherwise', () => {
    const databaseUrl = 'postgresql://refrain:x@127.0.0.1:5432/refrain';
    expect(readConfig({ DATABASE_URL: databaseUrl }).databaseListenUrl).toBe(databaseUrl);
  });

  it.each([
    [{ PORT: 'abc' }, 'PORT: expected a whole number from 1 to 65535, found "abc"'],
    [{ PORT: '70000' }, 'PORT: expected a whole number from 1 to 65535, found "70000"'],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL: expected one of fatal, .* found "loud"$/],
    [{ PUBLIC_URL: 'ftp://x' }, /^PUBLIC_URL: expected a URL beginning with http/],
    [{ LOOKS_SECONDS: '10,5' }, /^LOOKS_SECONDS: expected 1 to 20 rising whole seconds/],
    [{ LEASE_SECONDS: '60' }, /^LEASE_SECONDS: expected more than twice SEND_DEADLINE_SECONDS/],
    [{ NODE_ENV: 'production' }, /^ENCRYPTION_KEYS: expected a value when NODE_ENV=production/],
    [{ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, /^NODE_TLS_REJECT_UNAUTHORIZED: /],
  ])('refuses %j with one line that names the variable', (env, expected) => {
    expect(messageOf(env)).toMatch(expected);
    expect(messageOf(env)).not.toContain('\n');
  });

  it('never shows a secret it refuses', () => {
    expect(messageOf({ DATABASE_URL: 'mysql://root:hunter2@db' })).not.toContain('hunter2');
    expect(messageOf({ ENCRYPTION_KEYS: 'a:c2hvcnQ=' })).toBe(
      'ENCRYPTION_KEYS: expected id:base64,… where each key is 32 bytes and each id is used once',
    );
  });

  it('reads encryption keys in order and refuses an id used twice', () => {
    const config = readConfig({ ENCRYPTION_KEYS: `new:${KEY},old:${KEY}` });
    expect(config.encryptionKeys?.map(({ id, key }) => [id, key.length])).toEqual([
      ['new', 32],
      ['old', 32],
    ]);
    expect(messageOf({ ENCRYPTION_KEYS: `a:${KEY},a:${KEY}` })).toMatch(/^ENCRYPTION_KEYS: /);
  });

  it('prints every variable in the papers', () => {
    for (const paper of [renderConfigTable(), renderEnvExample()]) {
      expect(paper).toContain('ENCRYPTION_KEYS');
      expect(paper).toContain('SCHEDULE_LOOKS_SECONDS');
    }
  });

  it('keeps the example file in step with the schema', async () => {
    expect(await readFile('.env.example', 'utf8')).toBe(renderEnvExample());
  });
});

describe('what the data folder keeps', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'refrain-config-'));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  it('generates encryption keys once, readable by their owner alone', async () => {
    const [first, second] = await Promise.all([
      loadConfig({ DATA_DIR: dataDir }),
      loadConfig({ DATA_DIR: dataDir }),
    ]);
    expect(first.encryptionKeys).toEqual(second.encryptionKeys);
    expect((await stat(join(dataDir, 'encryption-keys'))).mode & 0o777).toBe(0o600);
  });

  it('writes nothing when the environment holds the keys', async () => {
    await loadConfig({ DATA_DIR: dataDir, ENCRYPTION_KEYS: `1:${KEY}` });
    await expect(stat(join(dataDir, 'encryption-keys'))).rejects.toThrow('ENOENT');
  });

  it('finds the embedded database while it runs, and stops at damaged keys', async () => {
    await keepDataFile(dataDir, 'database-url', 'postgresql://127.0.0.1:5000/refrain');
    expect(await loadConfig({ DATA_DIR: dataDir })).toMatchObject({
      databaseUrl: 'postgresql://127.0.0.1:5000/refrain',
    });
    await rm(join(dataDir, 'encryption-keys'));
    await keepDataFile(dataDir, 'encryption-keys', 'half a ke');
    await expect(loadConfig({ DATA_DIR: dataDir })).rejects.toThrow('is damaged');
  });
});
