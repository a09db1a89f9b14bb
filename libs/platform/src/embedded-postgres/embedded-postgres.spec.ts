import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createInstallation, type Installation } from '../../../../test/support/installation.js';
import { identifyProcess } from '#platform/process';
import { findServerPid } from './postmaster-pid.js';

/**
 * One run of a program that uses the database: adds a mark, tells what it found, and ends as it is
 * told.
 */
const PROGRAM = `
import { startEmbeddedPostgres } from '#platform/embedded-postgres';
import pg from 'pg';
const [dataDir, end] = process.argv.slice(2);
const log = (sentence) => console.error(sentence);
const server = await startEmbeddedPostgres({ dataDir, log });
const client = new pg.Client({ connectionString: server.url });
await client.connect();
await client.query('CREATE TABLE IF NOT EXISTS marks (mark int); INSERT INTO marks VALUES (1)');
const { rows } = await client.query(
  \`SELECT count(*)::int AS marks, current_setting('fsync') AS fsync,
          current_setting('data_checksums') AS checksums,
          current_setting('is_superuser') AS superuser,
          current_setting('listen_addresses') AS listens,
          current_setting('server_encoding') AS encoding,
          (SELECT datcollate FROM pg_database WHERE datname = current_database()) AS locale
     FROM marks\`);
await client.end();
console.log(JSON.stringify({ ...rows[0], url: server.url }));
if (end === 'crash') process.kill(process.pid, 'SIGKILL');
await server.stop();
process.exit(0);
`;

interface Found {
  readonly marks: number;
  readonly url: string;
  readonly complaint: string;
}
interface User {
  readonly uid: number;
  readonly gid: number;
}

const NOBODY: User = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? it : it.skip;

describe('the embedded PostgreSQL', () => {
  let installation: Installation;
  let dataDir: string;
  const cleanUp: string[] = [];

  beforeAll(async () => {
    installation = await createInstallation({ hasOwnPostgres: true });
    await installation.writeBuilt('program.js', PROGRAM);
  });
  afterAll(() => installation.remove());
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'refrain-data-'));
    await chmod(dataDir, 0o711);
    cleanUp.push(dataDir);
  });
  afterEach(async () => {
    for (const path of cleanUp.splice(0)) await rm(path, { recursive: true, force: true });
  });

  const run = async (end: 'stop' | 'crash' = 'stop', user?: User): Promise<Found> => {
    const program = join(installation.root, 'dist', 'program.js');
    const child = spawn(process.execPath, [program, dataDir, end], { ...user, cwd: '/' });
    const [output, complaint] = await Promise.all([text(child.stdout), text(child.stderr)]);
    if (!output) throw new Error(complaint);
    return { ...(JSON.parse(output) as Found), complaint };
  };

  const clusterDir = () => join(dataDir, 'postgres');

  it('is durable, on loopback only, and its owner is no superuser', async () => {
    const found = await run();
    expect(found).toMatchObject({
      marks: 1,
      fsync: 'on',
      checksums: 'on',
      superuser: 'off',
      listens: '127.0.0.1',
      encoding: 'UTF8',
      locale: 'C.UTF-8',
    });
    expect(found.url).toMatch(/^postgresql:\/\/refrain:[0-9a-f]{48}@127\.0\.0\.1:\d+\/refrain$/);
    const credentials = await stat(join(dataDir, 'postgres-credentials'));
    expect(credentials.mode & 0o777).toBe(0o600);
    expect(existsSync(join(dataDir, 'database-url'))).toBe(false);
  });

  it('keeps data and address, also when it outlives a killed run or is killed itself', async () => {
    const { url } = await run('crash');
    const survivor = (await findServerPid(clusterDir()))!;
    const second = await run('crash');
    expect(second).toMatchObject({ marks: 2, url });
    expect(second.complaint).toContain('stopped the PostgreSQL an earlier run left behind');
    expect(await identifyProcess(survivor)).toBeUndefined();
    process.kill((await findServerPid(clusterDir()))!, 'SIGKILL');
    expect(await run()).toMatchObject({ marks: 3, url });
    expect(await findServerPid(clusterDir())).toBeUndefined();
    await rename(clusterDir(), join(dataDir, 'moved'));
    await expect(run()).rejects.toThrow('is gone; bring it back, or remove');
  });

  asRoot('runs as an ordinary user in a folder of that user', async () => {
    await chown(dataDir, NOBODY.uid, NOBODY.gid);
    expect((await run('stop', NOBODY)).marks).toBe(1);
    const { uid } = await stat(join(dataDir, 'postgres', 'PG_VERSION'));
    expect(uid).toBe(NOBODY.uid);
    // Somebody uses sudo the next day; the cluster stays that user's.
    expect((await run()).marks).toBe(2);
    expect((await run('stop', NOBODY)).marks).toBe(3);
  });

  asRoot('lives outside a home that only root can enter, and leaves that home closed', async () => {
    dataDir = join(installation.root, '.refrain');
    cleanUp.push(dataDir);
    await chmod(installation.root, 0o700);
    try {
      await run('crash');
      expect((await run()).marks).toBe(2);
      const location = (await readFile(join(dataDir, 'postgres-location'), 'utf8')).trim();
      cleanUp.push(location);
      expect(location).toMatch(/^\/var\/lib\/refrain\/[0-9a-f]{12}$/);
      expect(existsSync(join(location, 'postgres', 'PG_VERSION'))).toBe(true);
      expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
      expect((await stat(installation.root)).mode & 0o777).toBe(0o700);
    } finally {
      await chmod(installation.root, 0o755);
    }
  });
});
