import { execFile } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '#platform/embedded-postgres';

export const POSTGRES_CRASHES = ['IMMEDIATE_STOP', 'POSTMASTER_KILL', 'BACKEND_KILL'] as const;
export type PostgresCrash = (typeof POSTGRES_CRASHES)[number];

/** A crashed server is gone, and a recovered one answers, well within this. */
const PATIENCE_MS = 60_000;
const LOOK_MS = 25;

/** A durable server of our own: fsync and synchronous commit on, as outside. */
export class CrashingPostgres {
  private constructor(
    private readonly dataDir: string,
    private server: EmbeddedPostgres,
  ) {}

  static async start(dataDir: string): Promise<CrashingPostgres> {
    const log = () => undefined;
    return new CrashingPostgres(dataDir, await startEmbeddedPostgres({ dataDir, log }));
  }

  get port(): number {
    return Number(new URL(this.server.url).port);
  }

  /** The database as its owner, straight or through a proxy's port. */
  urlAt(port = this.port): string {
    const url = new URL(this.server.url);
    url.port = `${port}`;
    return url.toString();
  }

  /** As the cluster's superuser, who sees every merchant's rows. */
  async superuserUrl(): Promise<string> {
    const kept = await readFile(join(this.dataDir, 'postgres-credentials'), 'utf8');
    const { superuserPassword } = JSON.parse(kept) as { superuserPassword: string };
    const url = new URL(this.urlAt());
    url.username = 'postgres';
    url.password = superuserPassword;
    return url.toString();
  }

  /** Crashes, stays down for a while, and is back, recovered, when this returns. Answers how long the recovery took. */
  async crash(how: PostgresCrash, downMs = 0): Promise<number> {
    if (how === 'BACKEND_KILL') return this.killBackend();
    // What `pg_ctl stop -m immediate` sends; a killed server leaves orphans, which the start waits for.
    process.kill(await this.postmaster(), how === 'IMMEDIATE_STOP' ? 'SIGQUIT' : 'SIGKILL');
    await this.until(async () => !(await this.server.isRunning()));
    await pause(downMs);
    const began = performance.now();
    await this.restart();
    return performance.now() - began;
  }

  /** At the end of a run, which one that does not stop must not spoil, nor be left behind unheard. */
  async stop(): Promise<void> {
    await this.server.stop().catch((error: unknown) => {
      process.stderr.write(`PostgreSQL in ${this.dataDir} did not stop: ${String(error)}\n`);
    });
  }

  /** A copy of all that is there now, taken while the server stands still. */
  async backUp(to: string): Promise<void> {
    await this.server.stop();
    await copyDataDir(this.dataDir, to);
    await this.restart();
  }

  /** Everything as it was when the copy was taken; what came since is lost. */
  async restore(from: string): Promise<void> {
    await this.server.stop();
    await rm(this.dataDir, { recursive: true, force: true });
    await copyDataDir(from, this.dataDir);
    await this.restart();
  }

  async query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new pg.Client({ connectionString: await this.superuserUrl() });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end().catch(() => undefined); // the query told already that the server is gone
    }
  }

  /** One backend of the product dies; PostgreSQL ends all others and recovers. */
  private async killBackend(): Promise<number> {
    const [backend] = await this.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'refrain-%'
       ORDER BY state = 'active' DESC, query_start DESC NULLS LAST LIMIT 1`,
    );
    const began = performance.now();
    if (backend) process.kill(backend.pid, 'SIGKILL');
    await pause(LOOK_MS);
    await this.until(() => this.answers());
    return performance.now() - began;
  }

  private async restart(): Promise<void> {
    this.server = await startEmbeddedPostgres({ dataDir: this.dataDir, log: () => undefined });
    await this.until(() => this.answers());
  }

  private answers(): Promise<boolean> {
    return this.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  private async postmaster(): Promise<number> {
    const [row] = await this.query<{ dir: string }>(
      "SELECT current_setting('data_directory') AS dir",
    );
    const file = await readFile(join(row?.dir ?? '', 'postmaster.pid'), 'utf8');
    return Number.parseInt(file, 10);
  }

  private async until(isSo: () => Promise<boolean>): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (performance.now() > giveUpAt)
        throw new Error('PostgreSQL did not come to where it was waited for');
      await pause(LOOK_MS);
    }
  }
}

/** A data folder with its cluster, copied with its owners: a tenth of the time of making and migrating one. */
export const copyDataDir = async (from: string, to: string): Promise<void> => {
  await promisify(execFile)('cp', ['-a', from, to]);
  await rm(join(to, 'postgres-port'), { force: true });
};
