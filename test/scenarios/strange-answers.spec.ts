import { createMerchants } from '#merchants';
import { Shop, type ShownCharge } from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';
import { live } from '../support/passing-time.js';
import { Wire } from '../support/wire.js';

const AGAIN = { provider: 'PORTONE', method: 'POST', path: '/subscribe/payments/again' };
const LOST_WEBHOOKS = { match: { provider: 'PORTONE' }, fate: 'webhook-dropped' };

const LISTS_DOWN = {
  match: { provider: 'PORTONE', method: 'GET', path: '/payments/status/*' },
  fate: 'lookup-down',
};

/** What a provider tells of a charge that is unclear, and what is not ours of it. Default times, but a deadline of a second. */
describe('what is told about an unclear charge', () => {
  let house: House;
  let shop: Shop;
  let wire: Wire;
  let key: string;
  let strangersKey: string;

  beforeAll(async () => {
    house = await startHouse({ worker: true, env: { SEND_DEADLINE_SECONDS: '1' } });
    shop = await Shop.open(house);
    wire = new Wire(house);
    key = await shop.key('PORTONE');
    strangersKey = await providerKeyOf(await shop.key('PORTONE'));
    await shop.turn({ duplicateGuard: 'none' });
  });
  beforeEach(() => shop.calm());
  afterAll(() => house.close());

  const providerKeyOf = async (id: string): Promise<string> => {
    const { billingKey } = await house.graphql<{ billingKey: { providerKey: string } }>(
      'query ($id: ID!) { billingKey(id: $id) { providerKey } }',
      { id },
    );
    return billingKey.providerKey;
  };
  const unclearCharge = async (fate: string): Promise<ShownCharge> => {
    await shop.fault([{ match: AGAIN, fate, times: 1 }, LOST_WEBHOOKS]);
    const { id } = await shop.charge(key, shop.order());
    await house.worker.runUntilIdle();
    const unclear = await shop.read(id);
    expect(unclear).toMatchObject({ status: 'UNKNOWN' });
    return unclear;
  };
  const referenceOf = ({ attempts: [attempt] }: ShownCharge): string => attempt!.providerReference;
  /** Another system of the merchant's pays under our reference. */
  const payAs = (customer_uid: string, charge: ShownCharge, amount: number) =>
    wire.portone('/subscribe/payments/again', {
      ...{ customer_uid, merchant_uid: referenceOf(charge), amount, name: 'Tea' },
    });

  it('shows another’s payment first: all under the reference are compared, and ours is taken (row 51)', async () => {
    const charge = await unclearCharge('response-lost');
    // Newest first, as PortOne sorts: the stranger's is what a look at one payment would see.
    await payAs(strangersKey, charge, 9_900);
    // The list of all captures, which is compared with the books too, tells nothing for now.
    await shop.fault([LISTS_DOWN, LOST_WEBHOOKS]);
    await live(house, 11);
    const paid = await shop.read(charge.id);
    expect(paid).toMatchObject({ status: 'SUCCEEDED', attempts: [{ outcome: 'SUCCEEDED' }] });
    const [ours] = await shop.capturesOf(charge.orderId);
    expect(ours).toMatchObject({ billingKey: await providerKeyOf(key) });
    expect(await shop.incidents(charge.id)).toEqual([{ kind: 'FOREIGN_PAYMENT' }]);
  });

  it('names another amount: a person is asked, and nothing counts as paid (row 44)', async () => {
    const charge = await unclearCharge('hang-before');
    await payAs(await providerKeyOf(key), charge, 500);
    await live(house, 11);
    const unclear = await shop.read(charge.id);
    expect(unclear).toMatchObject({ status: 'UNKNOWN', attempts: [{ outcome: 'UNKNOWN' }] });
    expect(await shop.incidents(charge.id)).toEqual([{ kind: 'AMOUNT_DIFFERS' }]);
    await live(house, 20, 90, 180, 300, 1_200);
    expect(await shop.read(charge.id)).toMatchObject({ status: 'NEEDS_REVIEW' });
    const sends = await wire.sends(referenceOf(charge));
    expect(sends.map(({ fate }) => fate ?? 'the other’s')).toEqual(['hang-before', 'the other’s']);
  });

  it('is that the reference was paid already: asked about, not taken for a decline (row 43)', async () => {
    const charge = await unclearCharge('hang-before');
    await payAs(await providerKeyOf(key), charge, 9_900);
    // Look-ups do not show it yet: the proof comes in, and the resend is refused as a duplicate.
    await shop.turn({ duplicateGuard: 'paid-only' });
    await shop.fault({
      match: { provider: 'PORTONE' },
      ...{ fate: 'lookup-lag', options: { seconds: 3_600 } },
    });
    await live(house, 11, 20, 90, 180, 300);
    expect(await wire.sends(referenceOf(charge))).toHaveLength(3);
    expect(await shop.read(charge.id)).toMatchObject({
      status: 'UNKNOWN',
      attempts: [{ number: 1, outcome: 'UNKNOWN' }],
    });
    await shop.calm();
    await shop.turn({ duplicateGuard: 'none' });
    await live(house, 11);
    expect(await shop.read(charge.id)).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{ number: 1, outcome: 'SUCCEEDED' }],
    });
  });

  it('comes by a forged webhook: what the provider does not show is not believed (row 65)', async () => {
    const charge = await unclearCharge('hang-before');
    const { accounts } = createMerchants(house.platform.database, house.platform.config);
    const { notificationUrl } = await accounts.access(house.merchant.id, house.portone.id);
    const told = { imp_uid: 'imp_forged', merchant_uid: referenceOf(charge), status: 'paid' };
    const answer = await fetch(notificationUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(told),
    });
    expect(answer.status).toBe(200);
    await house.worker.runUntilIdle();
    expect(await shop.read(charge.id)).toMatchObject({
      status: 'UNKNOWN',
      attempts: [{ outcome: 'UNKNOWN', providerPaymentId: null }],
    });
    expect(await shop.capturesOf(charge.orderId)).toEqual([]);
  });
});
