import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { identifyProcess, type ProcessIdentity } from '#platform/process';
import { createInstallation, type Installation } from '../../../../test/support/installation.js';

/**
 * Stands in for api and worker: tells what it was given, drains for a moment, and can be made to
 * die.
 */
const ROLE = `
import { reportReady, stopWhenAsked } from '#platform/process';
const name = process.argv[1].split('/').at(-3);
const { PREDECESSOR_PROVED_DEAD, SERVE_METRICS, DIE } = process.env;
const given = { PREDECESSOR_PROVED_DEAD, SERVE_METRICS };
console.log(JSON.stringify({ level: 'info', time: '', msg: 'given', ...given }));
const drain = async () => {
  await new Promise((done) => setTimeout(done, 200));
  console.log('drained');
};
await stopWhenAsked({ drainSeconds: 7, log: (sentence) => console.log(sentence) }).thenClose(drain);
setInterval(() => {}, 1000);
reportReady();
if (DIE === name) setTimeout(() => process.exit(3), 20);
`;
/** As the sandbox is: a server that answers and reports nothing. */
const SANDBOX = `
import { createServer } from 'node:http';
createServer((_, answer) => answer.end('ok')).listen(process.env.SANDBOX_PORT, '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
`;
const STUBBORN = `
process.on('SIGTERM', () => {}); process.on('SIGINT', () => {}); process.on('disconnect', () => {});
process.send({ ready: true }); setInterval(() => {}, 1000);
`;
const MIGRATE = `
import pg from 'pg';
const client = new pg.Client({ connectionString: process.env.DATABASE_URL });
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS runs (run int); INSERT INTO runs VALUES (1)');
await client.end();
`;
const SEED = `
import { keepDataFile } from '#platform/config';
await keepDataFile(process.env.DATA_DIR, 'demo-api-key', 'rk_demo_key');
`;

const findFreePorts = async (count: number): Promise<number[]> => {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) server.close();
  return ports;
};

interface Run {
  readonly process: ChildProcess;
  output(): string;
  /** Settles when the text was printed; fails when the launcher ends before. */
  says(expected: string): Promise<void>;
  ended(): Promise<number | null>;
}

describe('npm start', () => {
  let installation: Installation;
  let dataDir: string;
  let env: NodeJS.ProcessEnv;
  const runs: Run[] = [];

  const lay = (role: string, code: string) =>
    installation.writeBuilt(`apps/${role}/src/main.js`, code);

  beforeAll(async () => {
    installation = await createInstallation();
    await installation.writeBuilt('apps/cli/src/migrate.js', MIGRATE);
    await installation.writeBuilt('apps/cli/src/start/seed/main.js', SEED);
    await lay('sandbox', SANDBOX);
  });
  beforeEach(async () => {
    await Promise.all([lay('api', ROLE), lay('worker', ROLE)]);
    dataDir = await mkdtemp(join(tmpdir(), 'refrain-start-'));
    await chmod(dataDir, 0o711);
    const [port, sandbox, metrics] = await findFreePorts(3);
    env = {
      ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], DATA_DIR: dataDir },
      ...{ PORT: `${port}`, SANDBOX_PORT: `${sandbox}`, METRICS_PORT: `${metrics}` },
    };
  });
  afterEach(async () => {
    for (const run of runs.splice(0)) {
      if (run.process.exitCode === null) run.process.kill('SIGTERM');
      await run.ended();
    }
    await rm(dataDir, { recursive: true, force: true });
  });
  afterAll(() => installation.remove());

  const start = (extra: NodeJS.ProcessEnv = {}): Run => {
    const main = join(installation.root, 'dist/apps/cli/src/start/main.js');
    const child = spawn(process.execPath, [main], {
      env: { ...env, ...extra },
      cwd: installation.root,
    });
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    }
    const closed = once(child, 'close');
    const run: Run = {
      process: child,
      output: () => printed,
      says: async (expected) => {
        while (!printed.includes(expected)) {
          if (child.exitCode !== null || child.signalCode) throw new Error(`ended:\n${printed}`);
          await pause(20);
        }
      },
      ended: async () => {
        await closed;
        return child.exitCode;
      },
    };
    runs.push(run);
    return run;
  };

  /** Launcher, children and PostgreSQL, as the files in the data folder name them. */
  const findTree = async (): Promise<ProcessIdentity[]> => {
    const lock = JSON.parse(await readFile(join(dataDir, 'lock'), 'utf8'));
    const postmaster = await readFile(join(dataDir, 'postgres/postmaster.pid'), 'utf8');
    const postgres = await identifyProcess(Number.parseInt(postmaster, 10));
    return [lock, ...lock.children, postgres];
  };
  const findAlive = async (tree: readonly ProcessIdentity[]) => {
    const now = await Promise.all(tree.map(({ pid }) => identifyProcess(pid)));
    return tree.filter(({ startedAt }, n) => now[n]?.startedAt === startedAt);
  };

  it('brings everything up, tells how to begin, and leaves nothing behind', async () => {
    const run = start();
    await run.says('Ctrl-C stops everything.');
    expect(run.output()).toContain(`http://127.0.0.1:${env['PORT']}/graphql`);
    expect(run.output()).toContain(`-H 'authorization: Bearer rk_demo_key'`);
    expect(run.output()).toMatch(/api .*given PREDECESSOR_PROVED_DEAD=0$/m);
    expect(run.output()).toMatch(/worker .*given PREDECESSOR_PROVED_DEAD=0 SERVE_METRICS=0/);
    const tree = await findTree();
    expect(await findAlive(tree)).toHaveLength(5);

    const second = start();
    expect(await second.ended()).toBe(1);
    expect(second.output().trim()).toBe(
      `DATA_DIR: ${dataDir} is in use by process ${run.process.pid}; ` +
        'stop it, or choose another DATA_DIR',
    );

    const began = performance.now();
    run.process.kill('SIGINT');
    run.process.kill('SIGINT');
    expect(await run.ended()).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(run.output().match(/drained/g)).toHaveLength(2);
    expect(await findAlive(tree)).toEqual([]);
    expect(existsSync(join(dataDir, 'lock'))).toBe(false);
  });

  it('finds its data after kill -9, ends what was left, and calls the run before dead', async () => {
    await lay('worker', STUBBORN);
    const killed = start();
    await killed.says('Ctrl-C stops everything.');
    const tree = await findTree();
    killed.process.kill('SIGKILL');
    await killed.ended();
    await lay('worker', ROLE);

    const run = start();
    await run.says('Ctrl-C stops everything.');
    expect(run.output()).toContain('the run before ended without a clean stop');
    expect(run.output()).toMatch(/worker .*given PREDECESSOR_PROVED_DEAD=1/);
    expect(await findAlive(tree)).toEqual([]);
    const connectionString = (await readFile(join(dataDir, 'database-url'), 'utf8')).trim();
    const client = new Client({ connectionString });
    await client.connect();
    expect((await client.query('SELECT run FROM runs')).rowCount).toBe(2);
    await client.end();
  });

  it('starts PostgreSQL again where it was when it dies', async () => {
    const run = start();
    await run.says('Ctrl-C stops everything.');
    const url = await readFile(join(dataDir, 'database-url'), 'utf8');
    process.kill((await findTree()).at(-1)!.pid, 'SIGKILL');
    await run.says('PostgreSQL died: starting it again');
    const isUp = async () => {
      const client = new Client({ connectionString: url.trim() });
      return client.connect().then(
        () => client.end().then(() => true),
        () => false,
      );
    };
    while (!(await isUp())) await pause(50);
  });

  describe('without a database of its own', () => {
    const DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/none';
    beforeEach(() => installation.writeBuilt('apps/cli/src/migrate.js', ''));
    afterAll(() => installation.writeBuilt('apps/cli/src/migrate.js', MIGRATE));

    it('starts nothing embedded, and kills what does not end in time', async () => {
      await lay('worker', STUBBORN);
      const run = start({ DATABASE_URL, DRAIN_SECONDS: '1' });
      await run.says('Ctrl-C stops everything.');
      expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
      const began = performance.now();
      run.process.kill('SIGTERM');
      expect(await run.ended()).toBe(0);
      expect(performance.now() - began).toBeGreaterThan(1_900);
      expect(performance.now() - began).toBeLessThan(6_000);
      expect(run.output()).toContain('worker did not end in time: killed');
    });

    it('hurries when asked twice', async () => {
      await lay('worker', STUBBORN);
      const run = start({ DATABASE_URL });
      await run.says('Ctrl-C stops everything.');
      run.process.kill('SIGINT');
      await pause(600);
      run.process.kill('SIGINT');
      const began = performance.now();
      await run.ended();
      expect(performance.now() - began).toBeLessThan(4_000);
    });

    it('starts a role again when it dies, and stops everything if that does not help', async () => {
      const run = start({ DATABASE_URL, DIE: 'api' });
      expect(await run.ended()).toBe(1);
      expect(run.output()).toContain('api died (code 3): starting it again');
      expect(run.output()).toMatch(/^api died 6 times within a minute \(code 3\)$/m);
    });

    it.each([
      ['PORT', 'abc', 'PORT: expected a whole number from 1 to 65535, found "abc"'],
      ['METRICS_PORT', '', /^METRICS_PORT: \d+ is taken by another program; choose another$/],
    ])('stops with one clear line when %s is wrong', async (name, value, expected) => {
      const taken = createServer().listen(0, '127.0.0.1');
      await once(taken, 'listening');
      const { port } = taken.address() as { port: number };
      const run = start({ DATABASE_URL, [name]: value || `${port}` });
      expect(await run.ended()).toBe(1);
      expect(run.output().trim()).toMatch(expected);
      expect(run.output().trim()).not.toContain('\n');
      taken.close();
    });
  });
});
