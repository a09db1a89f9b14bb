import { ServingSlots } from './serving-slots.js';

const owner = (merchantId: string, account: number) => ({
  merchantId,
  providerAccountId: `${merchantId}-${account}`,
});

describe('the servings of a process', () => {
  it('pass an account by that has two, until one is over', () => {
    const slots = new ServingSlots();
    slots.take(owner('a', 1));
    expect(slots.busy().accountIds).toEqual([]);
    slots.take(owner('a', 1));
    expect(slots.busy()).toEqual({ accountIds: ['a-1'], merchantIds: [] });
    slots.free(owner('a', 1));
    expect(slots.busy().accountIds).toEqual([]);
  });

  it('pass a merchant by whose accounts have a quarter of them', () => {
    const slots = new ServingSlots();
    for (let account = 0; account < 8; account += 1) {
      expect(slots.busy().merchantIds).toEqual([]);
      slots.take(owner('a', account));
      slots.take(owner('a', account));
    }
    expect(slots.busy().merchantIds).toEqual(['a']);
  });
});
