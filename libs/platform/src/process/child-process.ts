import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface ChildOptions {
  readonly name: string;
  /** The JavaScript file it runs. */
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  /** Each line it writes, to either stream. */
  readonly onLine: (line: string) => void;
}

export interface ChildExit {
  /** As the shell would say it: `code 1`, `SIGKILL`. */
  readonly how: string;
  readonly isClean: boolean;
}

export interface Child {
  readonly name: string;
  readonly pid: number | undefined;
  /** Settles when the child says so; never when it ends before. */
  readonly ready: Promise<void>;
  readonly exited: Promise<ChildExit>;
  signal(name: NodeJS.Signals): void;
}

const isReadyMessage = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && 'ready' in message && message.ready === true;

const awaitExit = (child: ChildProcess): Promise<ChildExit> =>
  new Promise((resolve) => {
    child.once('error', (error) => resolve({ how: error.message, isClean: false }));
    // Not 'exit': the last lines are still in the pipe then.
    child.once('close', (code, signal) =>
      resolve({ how: signal ?? `code ${code}`, isClean: code === 0 }),
    );
  });

/**
 * A child that shares our process group, so that a terminal's Ctrl-C reaches all at once, and that
 * knows when we die.
 */
export const startChild = ({ name, file, env, onLine }: ChildOptions): Child => {
  const child = spawn(process.execPath, ['--enable-source-maps', file], {
    env: { ...env, REFRAIN_LAUNCHER: `${process.pid}` },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const input of [child.stdout, child.stderr]) {
    if (input) createInterface({ input }).on('line', onLine);
  }
  return {
    name,
    pid: child.pid,
    ready: new Promise((resolve) => {
      child.on('message', (message) => {
        if (isReadyMessage(message)) resolve();
      });
    }),
    exited: awaitExit(child),
    signal: (signal) => void child.kill(signal),
  };
};
