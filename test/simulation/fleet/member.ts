import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startChild, type Child } from '#platform/process';
import type { TestProduct } from '../test-build/build.js';

/** Far above a start on two cores that many others use too; beyond it something hangs. */
const READY_MS = 240_000;
const READY_LOOK_MS = 50;

const awaitAnswer = async (url: string, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const response = await fetch(url, { signal }).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.ok) return;
    await pause(READY_LOOK_MS);
  }
};

export interface MemberOptions {
  readonly name: string;
  /** The built file it runs, from the root of the build. */
  readonly file: string;
  readonly product: TestProduct;
  readonly env: NodeJS.ProcessEnv;
  /** Its output is appended to `<name>.log` there. */
  readonly logDir: string;
  /** Answers 200 when it works, for one that does not report by itself. */
  readonly readyUrl?: string;
}

/** One process of the fleet: can be killed, stopped, drained and started again. */
export class Member {
  private child: Child | undefined;
  private readonly log: WriteStream;
  /** It was told to stand still. */
  isStopped = false;
  /** How often it was started. */
  starts = 0;

  constructor(private readonly options: MemberOptions) {
    this.log = createWriteStream(join(options.logDir, `${options.name}.log`), { flags: 'a' });
  }

  get name(): string {
    return this.options.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isAlive(): boolean {
    return this.child !== undefined;
  }

  /** Settles when it does its work, or died before. */
  async start(more: NodeJS.ProcessEnv = {}): Promise<void> {
    if (this.child) return;
    const { name, file, product, env } = this.options;
    const child = startChild({
      name,
      file: join(product.root, file),
      env: { ...env, ...more, NODE_OPTIONS: `--import=file://${product.runtime}` },
      onLine: (line) => void this.log.write(`${line}\n`),
    });
    this.child = child;
    this.isStopped = false;
    this.starts += 1;
    void child.exited.then(({ how }) => {
      this.log.write(`-- ended: ${how}\n`);
      if (this.child === child) this.child = undefined;
    });
    await this.awaitReady(child);
  }

  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Asked to drain; killed when it does not come to an end. */
  async drain(graceMs = 10_000): Promise<void> {
    const { child } = this;
    if (!child) return;
    this.resume();
    const hard = setTimeout(() => child.signal('SIGKILL'), graceMs);
    await this.end('SIGTERM');
    clearTimeout(hard);
  }

  /** SIGSTOP: it stands still, its connections stay open. */
  pause(): void {
    this.isStopped = this.child !== undefined;
    this.child?.signal('SIGSTOP');
  }

  resume(): void {
    this.isStopped = false;
    this.child?.signal('SIGCONT');
  }

  /** Settles when it is gone, by itself or not. */
  async gone(): Promise<void> {
    await this.child?.exited;
  }

  close(): void {
    this.log.end();
  }

  private async awaitReady(child: Child): Promise<void> {
    const over = new AbortController();
    const { name, readyUrl } = this.options;
    const late = pause(READY_MS, undefined, { signal: over.signal }).then(() => {
      throw new Error(`${name} is not ready after ${READY_MS / 1000} s`);
    });
    const answers = readyUrl ? [awaitAnswer(readyUrl, over.signal)] : [];
    try {
      await Promise.race([child.ready, child.exited.then(() => undefined), late, ...answers]);
    } finally {
      over.abort();
      late.catch(() => undefined);
    }
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child) return;
    child.signal(signal);
    await child.exited;
    this.isStopped = false;
  }
}
