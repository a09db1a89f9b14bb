import { parseEncryptionKeys } from '#platform/config';
import { startHouse, type House } from '../support/house.js';
import { live } from '../support/passing-time.js';
import { startRival } from '../support/rival.js';
import { Shop } from '../support/shop.js';
import { Wire } from '../support/wire.js';

const OTHER_KEYS = `other:${Buffer.alloc(32, 8).toString('base64')}`;

describe('what a charge needs to be sent', () => {
  let house: House;
  let shop: Shop;
  let wire: Wire;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    wire = new Wire(house);
  });
  afterAll(() => house.close());

  it('may be a key that the provider has lost: the charge fails as such, and is not tried again (row 87)', async () => {
    const { cards } = shop;
    const card = cards.find(
      ({ provider, outcome }) => provider === 'PORTONE' && outcome === 'APPROVED',
    )!;
    const made = await house.control('agreements', {
      ...{ provider: 'PORTONE', count: 1, cardNumber: card.number },
    });
    const { ids } = (await made.json()) as { ids: [string] };
    const key = await shop.attach('PORTONE', ids[0]);
    const { access_token } = await wire.portone<{ access_token: string }>('/users/getToken', {
      ...{ imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' },
    });
    const gone = await fetch(`${house.sandbox.url}/portone/subscribe/customers/${ids[0]}`, {
      ...{ method: 'DELETE', headers: { authorization: access_token } },
    });
    expect(await gone.json()).toMatchObject({ code: 0 });
    const { id, orderId } = await shop.charge(key, shop.order());
    await house.worker.runUntilIdle();
    await live(house, 86_400, 86_400);
    expect(await shop.read(id)).toMatchObject({
      ...{ status: 'FAILED', failureCode: 'KEY_NOT_FOUND', failureClass: 'KEY' },
      attempts: [{ number: 1 }],
    });
    expect(await shop.capturesOf(orderId)).toEqual([]);
  });

  it('may be an encryption key that a worker does not have: it fails nothing and sends nothing (row 95)', async () => {
    const key = await shop.key('PORTONE');
    const { platform } = house;
    const config = { ...platform.config, encryptionKeys: parseEncryptionKeys(OTHER_KEYS)! };
    const blind = await startRival({ ...house, platform: { ...platform, config } });
    const before = await wire.sends();
    const { id, orderId } = await shop.charge(key, shop.order());
    await expect(blind.runUntilIdle()).rejects.toThrow(/ENCRYPTION_KEYS/);
    await blind.close();
    expect(await shop.read(id)).toMatchObject({ status: 'SCHEDULED', attempts: [] });
    expect(await wire.sends()).toEqual(before);
    await live(house, 1);
    expect(await shop.read(id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await shop.capturesOf(orderId)).toHaveLength(1);
  });
});
