import { serveNext } from '#merchants';
import { startHouse, type House } from '../support/house.js';

/** One account whose secrets cannot be opened, say, beside others of the same worker. */
describe('an account whose serving fails each time', () => {
  let house: House;
  beforeAll(async () => {
    house = await startHouse({ worker: true });
  }, 60_000);
  afterAll(() => house.close());

  it('lets the others go first, however long it has waited', async () => {
    const { database } = house.platform;
    await database.withoutMerchant((tx) =>
      tx.query(
        `UPDATE account_agendas SET next_due_at = $1::timestamptz - interval '1 second', held = false
         WHERE lane = 'RECONCILE'`,
        [tx.now],
      ),
    );
    const served: string[] = [];
    let badId: string | undefined;
    const serve = () =>
      serveNext(database, 'RECONCILE', async (_tx, { providerAccountId }) => {
        badId ??= providerAccountId;
        if (providerAccountId === badId) throw new Error('its secrets cannot be opened');
        served.push(providerAccountId);
        return { result: undefined, nextDueAt: null };
      });
    await expect(serve()).rejects.toThrow('its secrets cannot be opened');
    await serve();
    expect(served).toHaveLength(1);
    expect(served).not.toContain(badId);
  });
});
