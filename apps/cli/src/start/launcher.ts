import { resolve } from 'node:path';
import { type Config, DATA_FILES, readConfig, readDataFile } from '#platform/config';
import { type DataDirLock, isPortFree, lockDataDir } from '#platform/process';
import { EmbeddedDatabase } from './embedded-database.js';
import { planStart } from './role.js';
import { StartFailure } from './start-failure.js';
import { Supervisor } from './supervisor.js';
import { renderWelcome } from './welcome.js';

export interface LauncherOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The root of the build. */
  readonly root: string;
  readonly say: (text: string) => void;
  readonly onLine: (name: string, line: string) => void;
}

/** The children's part of the 10 s a stop may take; the rest is PostgreSQL's. */
const LONGEST_GRACE_MS = 8_000;

/**
 * The whole product as one tree of processes: up in order, down together with the database last.
 */
export class Launcher {
  private readonly config: Config;
  private readonly dataDir: string;
  private readonly supervisor: Supervisor;
  private lock: DataDirLock | undefined;
  private database: EmbeddedDatabase | undefined;
  private starting: Promise<void> | undefined;
  private stopping: Promise<void> | undefined;
  private fail: (sentence: string) => void = () => undefined;
  /** Settles when what runs cannot go on; says why. */
  readonly failed = new Promise<string>((tell) => {
    this.fail = tell;
  });

  /** Throws `ConfigError`. */
  constructor(private readonly options: LauncherOptions) {
    this.config = readConfig(options.env);
    this.dataDir = resolve(this.config.dataDir);
    this.supervisor = new Supervisor({
      ...options,
      recordChild: async (pid) => this.lock?.recordChild(pid),
      onGivenUp: (sentence) => this.fail(sentence),
    });
  }

  /** A child ends itself after DRAIN_SECONDS; one that has not a second later hangs. */
  private get graceMs(): number {
    return Math.min(LONGEST_GRACE_MS, (this.config.drainSeconds + 1) * 1000);
  }

  /** Returns when all of it does its work. Whatever it throws, `stop` cleans up after it. */
  start(): Promise<void> {
    this.starting = this.bringUp();
    return this.starting;
  }

  private async bringUp(): Promise<void> {
    const began = performance.now();
    this.lock = await lockDataDir(this.dataDir);
    await this.checkPorts();
    const plan = planStart(this.config, await this.prepareEnvironment(this.lock));
    const sandbox = this.config.nodeEnv === 'production' ? undefined : plan.sandbox;
    await Promise.all([
      this.supervisor.run(plan.migrate),
      sandbox && this.supervisor.start(sandbox),
    ]);
    if (sandbox) await this.supervisor.run(plan.seedDemo);
    await Promise.all([this.supervisor.start(plan.api), this.supervisor.start(plan.worker)]);
    this.database?.keepRunning(this.fail);
    const { config, dataDir } = this;
    const demoApiKey = config.demoApiKey ?? (await readDataFile(dataDir, DATA_FILES.demoApiKey));
    const seconds = (performance.now() - began) / 1000;
    this.options.say(renderWelcome({ config, dataDir, demoApiKey, seconds }));
  }

  /** Everything that has come up so far goes down; the same call again joins it. */
  stop(): Promise<void> {
    this.stopping ??= this.takeDown();
    return this.stopping;
  }

  /** Somebody is in a hurry: nothing more is drained. */
  hurry(): void {
    this.supervisor.kill();
  }

  private async takeDown(): Promise<void> {
    await this.supervisor.stop(this.graceMs);
    // A database that was on its way up when we were asked comes up first; then it can be stopped.
    await this.starting?.catch(() => undefined);
    await this.database?.stop();
    await this.lock?.release();
  }

  private async checkPorts(): Promise<void> {
    const { host, port, sandboxPort, metricsPort } = this.config;
    const ports = { PORT: port, SANDBOX_PORT: sandboxPort, METRICS_PORT: metricsPort };
    for (const [name, wanted] of Object.entries(ports)) {
      if (!(await isPortFree(wanted, host))) {
        throw new StartFailure(`${name}: ${wanted} is taken by another program; choose another`);
      }
    }
    if (new Set(Object.values(ports)).size < 3) {
      throw new StartFailure('PORT, SANDBOX_PORT and METRICS_PORT must be three different ports');
    }
  }

  private async prepareEnvironment(lock: DataDirLock): Promise<NodeJS.ProcessEnv> {
    const { dataDir, config } = this;
    if (lock.isPredecessorProvedDead) this.options.say('the run before ended without a clean stop');
    if (!config.databaseUrl) {
      this.database = await EmbeddedDatabase.start({ dataDir, log: this.options.say });
    }
    return {
      ...this.options.env,
      DATA_DIR: dataDir,
      DATABASE_URL: config.databaseUrl ?? this.database?.url,
      // Another machine's worker may live on the same database; only of our own do we know them all.
      PREDECESSOR_PROVED_DEAD: this.database && lock.isPredecessorProvedDead ? '1' : '0',
    };
  }
}
