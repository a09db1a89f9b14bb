import { openCore, type SandboxCore } from './index.js';

const ACCOUNT = 'imp_sandbox';
const OTHER = 'test-secret-key-sandbox';

describe('an account clock', () => {
  let core: SandboxCore;
  let start: number;
  beforeEach(() => {
    core = openCore({ publicUrl: '' });
    start = core.clock.nowMs(ACCOUNT);
  });
  afterEach(() => core.close());

  const told: string[] = [];
  beforeEach(() => told.splice(0));
  const plan = (atMs: number, name: string, account = ACCOUNT): void =>
    core.clock.at(account, atMs, { key: name, task: () => void told.push(name) });

  it('runs what is due in the order of time, at its own time, before it says it has moved', async () => {
    plan(start + 3000, 'third');
    plan(start + 1000, 'first');
    plan(start + 2000, 'second', OTHER);
    plan(start + 9000, 'never');
    let seenMs = 0;
    const task = (): void => void (seenMs = core.clock.nowMs(ACCOUNT));
    core.clock.at(ACCOUNT, start + 2500, { key: 'look', task });
    await core.clock.advanceTo(start + 5000, [ACCOUNT, OTHER]);
    expect(told).toEqual(['first', 'second', 'third']);
    expect(seenMs - start).toBeLessThan(2600);
    expect(core.clock.nowMs(ACCOUNT)).toBeGreaterThanOrEqual(start + 5000);
  });

  it('also runs what the run tasks plan within the time', async () => {
    const task = (): void => plan(core.clock.nowMs(ACCOUNT) + 500, 'child');
    core.clock.at(ACCOUNT, start + 1000, { key: 'parent', task });
    await core.clock.advanceTo(start + 5000, [ACCOUNT]);
    expect(told).toEqual(['child']);
  });

  it('moves alone, ticks on, and never goes back', async () => {
    await core.clock.advanceTo(start + 60_000, [ACCOUNT]);
    expect(core.clock.nowMs(OTHER)).toBeLessThan(start + 10_000);
    const before = core.clock.nowMs(ACCOUNT);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(core.clock.nowMs(ACCOUNT)).toBeGreaterThan(before + 10);
    await core.clock.advanceTo(start + 1000, [ACCOUNT]);
    expect(core.clock.nowMs(ACCOUNT)).toBeGreaterThan(before);
  });

  it('forgets a cancelled task, moves one that is set again, and outlives one that fails', async () => {
    plan(start + 1000, 'cancelled');
    plan(start + 1000, 'moved');
    plan(start + 9000, 'moved');
    core.clock.cancel('cancelled');
    const silence = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const task = (): Promise<void> => Promise.reject(new Error('broken'));
    core.clock.at(ACCOUNT, start + 1500, { key: 'broken', task });
    plan(start + 2000, 'kept');
    await core.clock.advanceTo(start + 5000, [ACCOUNT]);
    expect(silence).toHaveBeenCalled();
    silence.mockRestore();
    expect(told).toEqual(['kept']);
  });

  it('keeps ten thousand tasks in order', async () => {
    const times: number[] = [];
    for (let index = 0; index < 10_000; index += 1) {
      const atMs = start + 1000 + ((index * 7919) % 10_007);
      core.clock.at(ACCOUNT, atMs, { key: `t${index}`, task: () => void times.push(atMs) });
    }
    await core.clock.advanceTo(start + 20_000, [ACCOUNT]);
    expect(times).toHaveLength(10_000);
    expect(times.every((it, index) => index === 0 || it >= (times[index - 1] ?? 0))).toBe(true);
  });
});
