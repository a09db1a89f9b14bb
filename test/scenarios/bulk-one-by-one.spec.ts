import {
  errorsOf,
  Shop,
  type BulkPayload,
  type LedgerLine,
  type ProviderName,
} from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';

/** Shortened, so that proof of absence and the next try come within a test: by default they take ten minutes and five. */
const SHORTENED = {
  LOOKS_SECONDS: '1,2,3,4,5,600',
  QUIET_PERIOD_SECONDS: '3',
  SEND_DEADLINE_SECONDS: '2',
  LEASE_SECONDS: '5',
  RETRY_WAIT_SECONDS: '1',
};
const AGAIN = { provider: 'PORTONE', method: 'POST', path: '/subscribe/payments/again' };

/** In a house of its own: the faults of other stories would have used up what it may send again. */
describe('a merchant charges its subscribers where no provider takes many at once', () => {
  let house: House;
  let shop: Shop;

  beforeAll(async () => {
    house = await startHouse({ worker: true, env: SHORTENED });
    shop = await Shop.open(house);
  });
  afterAll(() => house.close());

  const submit = async (provider: ProviderName, externalId: string, items: readonly object[]) => {
    const { bulkCharge, userErrors } = await shop.ask<BulkPayload>('createBulkCharge', {
      ...{ providerAccountId: shop.accountOf(provider), externalId, items, submit: true },
    });
    expect(errorsOf(userErrors)).toEqual([]);
    return bulkCharge!.id;
  };
  const capturesByOrder = async (orderIds: readonly string[]): Promise<number[]> => {
    const lines = await shop.ledger();
    const isCapture = ({ kind }: LedgerLine) => kind === 'CAPTURE';
    return orderIds.map(
      (orderId) =>
        lines.filter((line) => isCapture(line) && line.orderReference === orderId).length,
    );
  };
  it('sends the items of a bulk to PortOne one by one, also when answers are lost on the way', async () => {
    const keys = await shop.keys('PORTONE', 12);
    const items = keys.map((billingKeyId) => ({ billingKeyId, order: shop.order() }));
    await shop.fault([
      { match: { ...AGAIN, share: 0.3 }, fate: 'response-lost', times: 3, seed: 'lost' },
      { match: { ...AGAIN, share: 0.3 }, fate: '502-before', times: 3, seed: 'never' },
      { match: { ...AGAIN, share: 0.3 }, fate: 'rate-limited', times: 3, seed: 'often' },
    ]);
    const id = await submit('PORTONE', 'june', items);
    // Too many requests: such an item counts as failed, and moves when it is charged after all.
    await shop.until(
      () => shop.readBulk(id),
      ({ counts }) => counts['succeeded'] === 12,
    );
    expect(await shop.untilBulk(id, 'COMPLETED')).toMatchObject({
      counts: { total: 12, pending: 0, failed: 0, unknown: 0, canceled: 0 },
    });
    const orderIds = items.map(({ order }) => order.orderId);
    expect(await capturesByOrder(orderIds)).toEqual(orderIds.map(() => 1));
  });
});
