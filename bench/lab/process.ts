import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { startChild, type Child } from '../../libs/platform/src/process/index.js';

const READY_MS = 60_000;
const LOOK_MS = 50;
/** Clock ticks of proc(5) in a second. */
const TICKS = 100;

/** A process under measurement. */
export interface Part {
  readonly pid: number;
  stop(): Promise<void>;
}

const untilAnswers = async (url: string, signal: AbortSignal): Promise<undefined> => {
  while (!signal.aborted) {
    // Refused until it listens; that it never does is told by whoever stops waiting.
    const answer = await fetch(url, { signal }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await pause(LOOK_MS);
  }
};

const untilReady = async (
  child: Child,
  { said, readyUrl }: { readonly said: readonly string[]; readonly readyUrl: string | undefined },
): Promise<void> => {
  const over = new AbortController();
  const answers = readyUrl ? untilAnswers(readyUrl, over.signal) : undefined;
  const ready = answers ?? child.ready.then(() => undefined);
  const late = new Promise<'late'>((resolve) => setTimeout(resolve, READY_MS, 'late').unref());
  const ended = child.exited.then(({ how }) => how);
  const failure = await Promise.race([ready, ended, late]);
  over.abort();
  if (failure === undefined) return;
  child.signal('SIGKILL');
  throw new Error(`${child.name} did not start (${failure}):\n${said.slice(-20).join('\n')}`);
};

/** Starts a Node process and waits until it says that it is ready, or answers there. */
export const startPart = async (
  file: string,
  env: Readonly<Record<string, string>>,
  readyUrl?: string,
): Promise<Part> => {
  const said: string[] = [];
  const child = startChild({
    ...{ name: file, file, env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env } },
    onLine: (line) => void said.push(line),
  });
  await untilReady(child, { said, readyUrl });
  return {
    pid: child.pid ?? 0,
    stop: async () => {
      child.signal('SIGTERM');
      const hard = setTimeout(() => child.signal('SIGKILL'), 10_000);
      await child.exited;
      clearTimeout(hard);
    },
  };
};

interface Stat {
  readonly parent: number;
  /** Its own processor time, and that of children it has seen die, in seconds. */
  readonly cpuSeconds: number;
  readonly ofTheDead: number;
}

const statOf = (pid: number): Stat | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [user, system, deadUser, deadSystem] = [11, 12, 13, 14].map((n) => Number(fields[n]));
    return {
      parent: Number(fields[1]),
      cpuSeconds: ((user ?? 0) + (system ?? 0)) / TICKS,
      ofTheDead: ((deadUser ?? 0) + (deadSystem ?? 0)) / TICKS,
    };
  } catch {
    return undefined; // it ended just now
  }
};

/** Processor time of a process and everything below it, the dead included, in seconds (proc(5): Linux only). */
export const cpuSecondsOf = (root: number): number => {
  const stats = new Map<number, Stat>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(Number(name)) : undefined;
    if (stat) stats.set(Number(name), stat);
  }
  const sum = (pid: number): number => {
    const own = stats.get(pid);
    const children = [...stats].filter(([, { parent }]) => parent === pid);
    return (
      (own ? own.cpuSeconds + own.ofTheDead : 0) +
      children.reduce((total, [child]) => total + sum(child), 0)
    );
  };
  return sum(root);
};

/** The most memory a process ever held, in MiB. */
export const peakRssMib = (pid: number): number => {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib) / 1_024;
  } catch {
    return Number.NaN;
  }
};
