import { newId, toPublicId } from '#kernel';
import { startHouse, type House } from '../support/house.js';
import { errorsOf, Shop, type UserError } from '../support/shop.js';
import { Timekeeper } from '../support/timekeeper.js';

const DAY_MS = 86_400_000;

interface Payload {
  readonly schedules: readonly { readonly id: string }[] | null;
  readonly charges: readonly { readonly id: string }[] | null;
  readonly userErrors: readonly UserError[];
}

describe('a change of card', () => {
  let house: House;
  let shop: Shop;
  let scheduleId: string;
  let oldKey: string;
  let newKey: string;

  beforeAll(async () => {
    house = await startHouse();
    shop = await Shop.open(house);
    [oldKey, newKey] = [await shop.key('PORTONE'), await shop.key('PORTONE')];
    const { schedule } = await new Timekeeper(house).create({
      ...{ billingKeyId: oldKey, order: shop.order() },
      startAt: new Date(Date.now() + DAY_MS),
    });
    scheduleId = schedule!.id;
  }, 60_000);
  afterAll(() => house.close());

  const change = async (input: object): Promise<Payload> => {
    const { changeBillingKey } = await house.graphql<{ changeBillingKey: Payload }>(
      `mutation ($input: ChangeBillingKeyInput!) { changeBillingKey(input: $input) {
        schedules { id } charges { id } userErrors { __typename code field message } } }`,
      { input: { billingKeyId: newKey, ...input } },
    );
    return changeBillingKey;
  };

  it.each<[string, () => object, string]>([
    ['a replaced key that is no id', () => ({ replacedKeyId: 'bk_typo' }), 'NOT_FOUND'],
    ['an empty replaced key', () => ({ replacedKeyId: '' }), 'NOT_FOUND'],
    [
      'a replaced key of nobody',
      () => ({ replacedKeyId: toPublicId('billingKey', newId()) }),
      'NOT_FOUND',
    ],
    ['an empty customer', () => ({ customerRef: '' }), 'INVALID_INPUT'],
    ['a customer that cannot be', () => ({ customerRef: ' padded' }), 'INVALID_INPUT'],
    ['a customer without a key', () => ({ customerRef: 'nobody' }), 'NOT_FOUND'],
  ])('is refused with %s', async (_, wrong, code) => {
    for (const dryRun of [true, false]) {
      const { schedules, charges, userErrors } = await change({ ...wrong(), dryRun });
      expect([schedules, charges]).toEqual([null, null]);
      expect(errorsOf(userErrors)).toEqual([`${code} ${Object.keys(wrong())[0]}`]);
    }
  });

  it('is refused between provider accounts, whichever way it is asked for', async () => {
    const billingKeyId = await shop.key('NEXI');
    for (const holder of [{ replacedKeyId: oldKey }, { scheduleIds: [scheduleId] }]) {
      const { userErrors } = await change({ billingKeyId, ...holder });
      expect(errorsOf(userErrors)).toEqual(['INVALID_INPUT billingKeyId']);
    }
  });

  it('lists a schedule once that is named twice', async () => {
    const scheduleIds = [scheduleId, scheduleId];
    for (const dryRun of [true, false])
      expect(await change({ scheduleIds, dryRun })).toMatchObject({
        ...{ schedules: [{ id: scheduleId }], userErrors: [] },
      });
    expect(await change({ billingKeyId: oldKey, replacedKeyId: newKey })).toMatchObject({
      ...{ schedules: [{ id: scheduleId }], userErrors: [] },
    });
  });
});
