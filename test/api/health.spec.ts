import { startHouse, type House } from '../support/house.js';
import { passSeconds } from '../support/passing-time.js';
import { Shop } from '../support/shop.js';

interface ShownHealth {
  readonly overdueCount: number;
  readonly oldestOverdueSeconds: number | null;
  readonly unknownCount: number;
  readonly unknownAmounts: { amount: number; currency: string }[];
  readonly oldestUnknownSeconds: number | null;
  readonly needsReviewCount: number;
  readonly openIncidents: { kind: string; count: number }[];
  readonly webhooksExpected: number;
  readonly webhooksSeen: number;
  readonly webhookRatio: number | null;
  readonly holds: { scope: string; reason: string }[];
}

const QUERY = `{ health { overdueCount oldestOverdueSeconds unknownCount unknownAmounts { amount currency }
  oldestUnknownSeconds needsReviewCount openIncidents { kind count } webhooksExpected webhooksSeen webhookRatio
  holds { scope reason } } }`;

describe('what a merchant sees of its health', () => {
  let house: House;
  let shop: Shop;
  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
  }, 100_000);
  afterAll(() => house?.close());

  const health = async (): Promise<ShownHealth> =>
    (await house.graphql<{ health: ShownHealth }>(QUERY)).health;

  it('is quiet when nothing is wrong', async () => {
    expect(await health()).toEqual({
      ...{ overdueCount: 0, oldestOverdueSeconds: null, needsReviewCount: 0, openIncidents: [] },
      ...{ unknownCount: 0, unknownAmounts: [], oldestUnknownSeconds: null, holds: [] },
      ...{ webhooksExpected: 0, webhooksSeen: 0, webhookRatio: null },
    });
  });

  it('tells what is overdue and held, and what is unknown, by its amount', async () => {
    const key = await shop.key('PORTONE');
    await house.graphql(
      `mutation { holdNewSends(input: { scope: MERCHANT, reason: "a look around" }) { userErrors { code } } }`,
    );
    await shop.charge(key, shop.order({ amount: 700, currency: 'KRW' }));
    await shop.charge(key, shop.order({ amount: 300, currency: 'KRW' }));
    await passSeconds(house, 60);
    await house.worker.runUntilIdle();
    const held = await health();
    expect(held).toMatchObject({ overdueCount: 2, holds: [{ scope: 'MERCHANT' }] });
    expect(held.oldestOverdueSeconds).toBeGreaterThanOrEqual(0);

    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE charges SET state = 'UNKNOWN', unresolved_since = $2::timestamptz - interval '90 s'
         WHERE merchant_id = $1`,
        [house.merchant.id, tx.now],
      ),
    );
    const unknown = await health();
    expect(unknown).toMatchObject({
      ...{ overdueCount: 0, oldestOverdueSeconds: null, unknownCount: 2, needsReviewCount: 0 },
      unknownAmounts: [{ amount: 1_000, currency: 'KRW' }],
    });
    expect(unknown.oldestUnknownSeconds).toBeGreaterThanOrEqual(90);
  });
});
