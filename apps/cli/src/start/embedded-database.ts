import { setInterval } from 'node:timers/promises';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#platform/embedded-postgres';
import { StartFailure } from './start-failure.js';

/** Long enough to cost nothing, short against the worker's own patience with a lost connection. */
const LOOK_MS = 1000;

/** The embedded server, started again should it die by itself; pools find it where it was. */
export class EmbeddedDatabase {
  private readonly stopping = new AbortController();
  private watching: Promise<void> = Promise.resolve();

  private constructor(
    private server: EmbeddedPostgres,
    private readonly options: { dataDir: string; log: (sentence: string) => void },
  ) {}

  static async start(options: EmbeddedDatabase['options']): Promise<EmbeddedDatabase> {
    return new EmbeddedDatabase(await startEmbeddedPostgres(options), options);
  }

  get url(): string {
    return this.server.url;
  }

  /**
   * `onLost` is told once, when the server cannot be brought back to where its users look for it.
   */
  keepRunning(onLost: (sentence: string) => void): void {
    this.watching = this.watch().catch((error: unknown) => onLost(String(error)));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
    await this.server.stop();
  }

  private async watch(): Promise<void> {
    const { signal } = this.stopping;
    try {
      for await (const _ of setInterval(LOOK_MS, undefined, { signal, ref: false })) {
        if (!(await this.server.isRunning())) await this.startAgain();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  private async startAgain(): Promise<void> {
    this.options.log('PostgreSQL died: starting it again');
    const { url } = this.server;
    this.server = await startEmbeddedPostgres(this.options);
    if (this.server.url !== url)
      throw new StartFailure('the port of PostgreSQL was taken meanwhile');
  }
}
