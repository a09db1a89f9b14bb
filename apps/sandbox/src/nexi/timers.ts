import type { Nexi } from './state.js';

/**
 * Does work when an account's clock reaches a time, and writes what it changed. The same key again
 * moves it.
 */
export const runAt = (
  { core }: Nexi,
  when: { account: string; atMs: number; key: string },
  work: () => void,
): void => {
  const task = (): Promise<void> | void => {
    work();
    return core.flush();
  };
  core.clock.at(when.account, when.atMs, { key: when.key, task });
};
