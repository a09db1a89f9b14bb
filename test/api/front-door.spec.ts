import { startHouse, type House } from '../support/house.js';

describe('the front door', () => {
  let house: House;
  beforeAll(async () => {
    house = await startHouse();
  });
  afterAll(() => house.close());

  it('tells a key who it speaks for', async () => {
    const { me } = await house.graphql<{ me: { merchant: { name: string }; scopes: string[] } }>(
      '{ me { merchant { id name } scopes } }',
    );
    expect(me.merchant.name).toBe('demo');
    expect(me.scopes).toContain('CHARGES_WRITE');
  });
});
