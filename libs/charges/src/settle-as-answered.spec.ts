import pLimit from 'p-limit';
import { settleAsAnswered } from './settle-as-answered.js';

const immediately = () => new Promise(setImmediate);

describe('answers', () => {
  const settled: number[][] = [];
  const settle = async (group: readonly number[]) => {
    settled.push([...group]);
    await immediately();
  };
  const bounds = { limit: pLimit(8), groupMax: 100, settle };
  beforeEach(() => settled.splice(0));

  it('are settled each once, in groups', async () => {
    const calls = Array.from({ length: 250 }, (_, index) => index);
    await settleAsAnswered(calls, {
      ...bounds,
      make: async (call) => {
        await immediately();
        return call;
      },
    });
    expect(settled.flat().toSorted((a, b) => a - b)).toEqual(calls);
    expect(settled.length).toBeLessThan(50);
    expect(Math.max(...settled.map(({ length }) => length))).toBeLessThanOrEqual(100);
  });

  it('do not wait for a slow one', async () => {
    let tell: (answer: number) => void = () => undefined;
    const slow = new Promise<number>((resolve) => {
      tell = resolve;
    });
    const all = settleAsAnswered([1, 2, 3], {
      ...bounds,
      make: (call) => (call === 2 ? slow : Promise.resolve(call)),
      settle: async (group) => {
        await settle(group);
        tell(2);
      },
    });
    await all;
    expect(settled).toEqual([[1, 3], [2]]);
  });

  it('of calls that were not made are not settled', async () => {
    await settleAsAnswered([1, 2], {
      ...bounds,
      make: (call) => Promise.resolve(call === 1 ? undefined : call),
    });
    expect(settled).toEqual([[2]]);
  });

  it('are settled though another group failed, and the failure is told', async () => {
    const all = settleAsAnswered([1, 2, 3], {
      ...bounds,
      groupMax: 1,
      make: (call) => Promise.resolve(call),
      settle: async (group) => {
        if (group[0] === 2) throw new Error('the database is away');
        await settle(group);
      },
    });
    await expect(all).rejects.toThrow('the database is away');
    expect(settled).toEqual([[1], [3]]);
  });
});
