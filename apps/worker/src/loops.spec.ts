import { createLogger } from '#platform/logging';
import { Loops, type Loop } from './loops.js';

const logger = createLogger({ level: 'fatal', name: 'loops' });

/** A loop with so much work waiting, that notes how many of it ran at once. */
class CountedLoop implements Loop {
  readonly name = 'COUNTED';
  served = 0;
  atOnce = 0;
  mostAtOnce = 0;
  private readonly idle: (() => void)[] = [];

  constructor(
    public waiting: number,
    readonly concurrency: number,
  ) {}

  async runOnce(): Promise<boolean> {
    if (this.waiting === 0) {
      if (this.atOnce === 0) for (const tell of this.idle.splice(0)) tell();
      return false;
    }
    this.waiting -= 1;
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    await new Promise(setImmediate);
    this.atOnce -= 1;
    this.served += 1;
    return true;
  }

  whenIdle(): Promise<void> {
    return new Promise((tell) => this.idle.push(tell));
  }
}

describe('the loops', () => {
  it('serve everything that waits after one wake-up', async () => {
    const loop = new CountedLoop(20, 1);
    const loops = new Loops([loop], logger);
    const idle = loop.whenIdle();
    loops.wake();
    await idle;
    expect(loop.served).toBe(20);
  });

  it('run no more at once than they may', async () => {
    const loop = new CountedLoop(50, 4);
    const loops = new Loops([loop], logger);
    const idle = loop.whenIdle();
    for (let wakeUp = 0; wakeUp < 10; wakeUp += 1) loops.wake('COUNTED');
    await idle;
    expect(loop.served).toBe(50);
    expect(loop.mostAtOnce).toBeGreaterThan(1);
    expect(loop.mostAtOnce).toBeLessThanOrEqual(4);
  });

  it('finish what is under way when they stop, and take nothing more', async () => {
    const loop = new CountedLoop(5, 1);
    const loops = new Loops([loop], logger);
    loops.wake();
    await loops.stop();
    expect(loop.served).toBe(1);
    loops.wake();
    await new Promise(setImmediate);
    expect(loop.served).toBe(1);
  });

  it('leave the others alone when one is woken', async () => {
    const [woken, sleeping] = [new CountedLoop(1, 1), new CountedLoop(1, 1)];
    Object.assign(sleeping, { name: 'SLEEPING' });
    const loops = new Loops([woken, sleeping], logger);
    const idle = woken.whenIdle();
    loops.wake('COUNTED');
    await idle;
    expect(sleeping.served).toBe(0);
  });

  it('are woken by a look that finds something due for them, and by no other', async () => {
    const [due, sleeping] = [new CountedLoop(3, 1), new CountedLoop(3, 1)];
    Object.assign(sleeping, { name: 'SLEEPING' });
    const loops = new Loops([due, sleeping], logger);
    const idle = due.whenIdle();
    loops.lookEvery(1, async () => [due.name]);
    await idle;
    await loops.stop();
    expect([due.served, sleeping.served]).toEqual([3, 0]);
  });

  it('go on looking when a look fails, one look at a time, until they are stopped', async () => {
    const loop = new CountedLoop(1, 1);
    const loops = new Loops([loop], logger);
    const idle = loop.whenIdle();
    let [looks, atOnce, mostAtOnce] = [0, 0, 0];
    loops.lookEvery(1, async () => {
      looks += 1;
      atOnce += 1;
      mostAtOnce = Math.max(mostAtOnce, atOnce);
      await new Promise((done) => setTimeout(done, 5));
      atOnce -= 1;
      if (looks < 3) throw new Error('the database is away');
      return [loop.name];
    });
    await idle;
    await loops.stop();
    const looked = looks;
    await new Promise((done) => setTimeout(done, 20));
    expect([loop.served, mostAtOnce, looks]).toEqual([1, 1, looked]);
  });

  it('ask anew when a look is never answered', async () => {
    const loop = new CountedLoop(1, 1);
    const loops = new Loops([loop], logger);
    const idle = loop.whenIdle();
    const answers = [new Promise<never>(() => undefined)];
    loops.lookEvery(1, () => answers.pop() ?? Promise.resolve([loop.name]), 10);
    await idle;
    await loops.stop();
    expect(loop.served).toBe(1);
  });
});
