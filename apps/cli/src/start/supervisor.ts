import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Child, startChild } from '#platform/process';
import { StartFailure } from './start-failure.js';
import type { Role, Step } from './role.js';

export interface SupervisorOptions {
  /** The root of the build. */
  readonly root: string;
  readonly onLine: (name: string, line: string) => void;
  readonly say: (sentence: string) => void;
  /** Writes a child down before anything is asked of it. */
  readonly recordChild: (pid: number) => Promise<void>;
  /** A role cannot be kept alive; told which. */
  readonly onGivenUp: (sentence: string) => void;
}

/**
 * A role that dies more often than this within the window is broken; restarting it again would only
 * hide that.
 */
const RESTARTS = 5;
const RESTART_WINDOW_MS = 60_000;
/** What died of a passing cause finds it passed. */
const RESTART_DELAY_MS = 500;
/** Far above the slowest start on two busy cores; beyond it something hangs. */
const READY_MS = 60_000;
const READY_LOOK_MS = 100;

const answers = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(READY_LOOK_MS * 10) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
};

/** Answers why the child cannot be counted on, nothing when it does its work. */
const awaitReady = async (child: Child, url: string | undefined): Promise<string | undefined> => {
  const over = new AbortController();
  const { signal } = over;
  const look = async () => {
    for (;;) {
      if (url && (await answers(url))) return undefined;
      await pause(READY_LOOK_MS, undefined, { signal });
    }
  };
  try {
    return await Promise.race([
      child.ready.then(() => undefined),
      child.exited.then(({ how }) => `ended before it was ready: ${how}`),
      pause(READY_MS, `is not ready after ${READY_MS / 1000} s`, { signal }),
      look(),
    ]);
  } finally {
    over.abort();
  }
};

/** Keeps roles running and ends them together. */
export class Supervisor {
  private readonly children = new Set<Child>();
  private readonly restarts = new Map<string, number[]>();
  private isStopping = false;

  constructor(private readonly options: SupervisorOptions) {}

  /** Returns when the role does its work, and keeps it running from then on. */
  async start(role: Role): Promise<void> {
    const child = await this.spawn(role);
    const problem = await awaitReady(child, role.readyUrl);
    if (problem) {
      child.signal('SIGKILL');
      throw new StartFailure(`${role.name} ${problem}`);
    }
    void child.exited.then(({ how }) => this.restart(role, how));
  }

  /** Returns when the step has done what it is for. */
  async run(step: Step): Promise<void> {
    const { how, isClean } = await (await this.spawn(step)).exited;
    if (!isClean) throw new StartFailure(`${step.name} failed: ${how}`);
  }

  /** Asks all at once, kills what is left at the end of the grace, returns when none lives. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
    this.signal('SIGTERM');
    const hard = setTimeout(() => this.kill(), graceMs);
    while (this.children.size > 0) {
      await Promise.all([...this.children].map((child) => child.exited));
    }
    clearTimeout(hard);
  }

  kill(): void {
    for (const { name } of this.children) this.options.say(`${name} did not end in time: killed`);
    this.signal('SIGKILL');
  }

  private signal(name: NodeJS.Signals) {
    for (const child of this.children) child.signal(name);
  }

  private async spawn({ name, file, env }: Step): Promise<Child> {
    if (this.isStopping) throw new StartFailure('stopped while starting');
    const path = join(this.options.root, file);
    if (!existsSync(path)) throw new StartFailure(`${path} is missing: run npm run build`);
    const onLine = (line: string) => this.options.onLine(name, line);
    const child = startChild({ name, file: path, env, onLine });
    this.children.add(child);
    void child.exited.then(() => this.children.delete(child));
    if (child.pid !== undefined) await this.options.recordChild(child.pid);
    return child;
  }

  private async restart(role: Role, how: string): Promise<void> {
    if (this.isStopping) return;
    const now = performance.now();
    const recent = [...(this.restarts.get(role.name) ?? []), now].filter(
      (at) => at > now - RESTART_WINDOW_MS,
    );
    this.restarts.set(role.name, recent);
    if (recent.length > RESTARTS) {
      this.options.onGivenUp(`${role.name} died ${recent.length} times within a minute (${how})`);
      return;
    }
    this.options.say(`${role.name} died (${how}): starting it again`);
    await pause(RESTART_DELAY_MS);
    if (this.isStopping) return;
    try {
      await this.start({ ...role, env: { ...role.env, ...role.envAfterDeath } });
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error;
      await this.restart(role, error.message);
    }
  }
}
