import { startHouse, type House } from '../support/house.js';
import { Timekeeper, type Operation } from '../support/timekeeper.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const TOGETHER = 25;

describe('a test clock', () => {
  let house: House;
  let time: Timekeeper;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    time = new Timekeeper(house);
  }, 60_000);
  afterAll(() => house.close());

  const inDays = (days: number) => new Date(Date.now() + days * DAY_MS);
  const monthly = (billingKeyId: string, orderId: string) =>
    time.create({
      ...{ billingKeyId, startAt: new Date(Date.now() + HOUR_MS) },
      order: { orderId, name: 'Tea', amount: { amount: 900, currency: 'EUR' } },
      recurrence: { every: 1, unit: 'MONTH', timeZone: 'Europe/Oslo' },
    });

  it('that was sent a lifetime too far is called off by an earlier time', async () => {
    const { schedule } = await monthly(await time.key('NEXI'), 'too-far');
    const lifetime = time.liveUntil('NEXI', inDays(80 * 365));
    await time.until(
      () => time.read(schedule!.id),
      ({ occurrences }) => occurrences.nodes.some(({ status }) => status === 'SUCCEEDED'),
    );
    const later = await time.liveUntil('NEXI', inDays(81 * 365));
    expect(later.userErrors).toMatchObject([{ code: 'INVALID_STATE', field: ['to'] }]);
    const { operation } = await time.liveUntil('NEXI', inDays(20));
    expect(operation).toMatchObject({ status: 'COMPLETED' });
    expect((await lifetime).operation).toEqual(operation);
    expect(reachedDays(operation!)).toBeLessThan(5 * 365);
    await time.mutate('cancelSchedule', { id: schedule!.id, when: 'NOW' });
    const further = await time.liveUntil('NEXI', inDays(6 * 365));
    expect(further.operation).toMatchObject({ status: 'COMPLETED' });
  });
  const reachedDays = ({ reachedAt }: Operation) => (Date.parse(reachedAt) - Date.now()) / DAY_MS;

  it('does not stand still while many wait for their share of retries', async () => {
    const startAt = new Date(Date.now() + 7 * 365 * DAY_MS);
    for (let number = 0; number < TOGETHER; number += 1)
      await time.create({
        // A card each, since the networks bound what one may be tried.
        billingKeyId: await time.key('NEXI', 'ISSUER_UNAVAILABLE'),
        ...{ startAt, maxOccurrences: 1 },

        order: { orderId: `down-${number}`, name: 'Tea', amount: { amount: 900, currency: 'EUR' } },
        recurrence: { every: 1, unit: 'MONTH', timeZone: 'Europe/Oslo' },
      });
    const { operation } = await time.liveUntil('NEXI', new Date(startAt.getTime() + DAY_MS));
    expect(operation).toMatchObject({ status: 'COMPLETED' });
    expect(operation!.charges.retried).toBeGreaterThan(5 * TOGETHER);
  });
});
