import { startHouse } from './house.js';

describe('a house', () => {
  it('works until nothing is due, and is taken down without a trace', async () => {
    const house = await startHouse({ worker: true });
    await house.worker.runUntilIdle();
    const ledger = await house.control('ledger');
    expect([ledger.status, await ledger.text()]).toEqual([200, '']);
    await house.close();
    await expect(fetch(`${house.api.url}/health/live`)).rejects.toThrow();
    await expect(fetch(`${house.sandbox.url}/health`)).rejects.toThrow();
  });

  it('says so when it is stepped without a worker', async () => {
    const house = await startHouse();
    await expect(house.worker.runUntilIdle()).rejects.toThrow('without a worker');
    await house.close();
  });
});
