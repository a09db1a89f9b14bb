import { SOON_LOOKS, startHouse, type House } from '../support/house.js';
import { Shop } from '../support/shop.js';
import { Timekeeper, type ShownSchedule } from '../support/timekeeper.js';

const YEAR = new Date().getUTCFullYear() + 1;
const monthly = { every: 1, unit: 'MONTH', timeOfDay: '09:00', timeZone: 'Asia/Seoul' };
const monthOf = (month: number, year = YEAR) => new Date(Date.UTC(year, month, 15)).toISOString();
/** Well after the month's payment, and before the next one comes near. */
const after = (month: number, year = YEAR) => new Date(Date.UTC(year, month, 20)).toISOString();

/** Months that PortOne keeps and fires, whatever its webhooks do and the merchant changes. */
describe('a schedule that the provider fires', () => {
  let house: House;
  let shop: Shop;
  let time: Timekeeper;

  beforeAll(async () => {
    house = await startHouse({
      worker: true,
      env: SOON_LOOKS,
    });
    shop = await Shop.open(house);
    time = new Timekeeper(house);
  }, 60_000);
  beforeEach(() => shop.calm());
  afterAll(() => house.close());

  const create = async (orderId: string, startAt: string, more: object = {}) => {
    const { schedule, userErrors } = await time.create({
      ...{ billingKeyId: await time.key('PORTONE'), recurrence: monthly, startAt },
      order: { orderId, name: 'Tea', amount: { amount: 9_900, currency: 'KRW' } },
      ...more,
    });
    expect(userErrors).toEqual([]);
    return schedule!;
  };
  const liveUntil = async (to: string) => {
    const { operation } = await time.liveUntil('PORTONE', to);
    expect(operation).toMatchObject({ status: 'COMPLETED' });
  };
  const statusesOf = async ({ id }: ShownSchedule): Promise<string[]> =>
    (await time.read(id)).occurrences.nodes.map(({ status }) => status);

  it('is charged each month though every webhook is lost', async () => {
    await shop.fault([{ match: { provider: 'PORTONE' }, fate: 'webhook-dropped' }]);
    const schedule = await create('unheard', monthOf(0), { maxOccurrences: 6 });
    await liveUntil(after(5));
    expect(await statusesOf(schedule)).toEqual(Array.from({ length: 6 }, () => 'SUCCEEDED'));
    expect(await time.captures('unheard-')).toHaveLength(6);
    expect((await time.read(schedule.id)).status).toBe('COMPLETED');
  }, 120_000);

  it('changes hands and back on the way, without a double or a gap', async () => {
    const schedule = await create('handed-over', monthOf(7), { maxOccurrences: 6 });
    const hand = async (execution: string) => {
      const changed = await time.mutate('updateSchedule', { id: schedule.id, execution });
      expect(changed).toMatchObject({ schedule: { execution }, userErrors: [] });
    };
    await liveUntil(after(7));
    await hand('SERVICE_DISPATCHED');
    await liveUntil(after(9));
    await hand('PROVIDER_SCHEDULED');
    await liveUntil(after(0, YEAR + 1));
    expect(await statusesOf(schedule)).toEqual(Array.from({ length: 6 }, () => 'SUCCEEDED'));
    const captured = await time.captures('handed-over-');
    expect(captured.map(({ orderReference }) => orderReference)).toEqual(
      [1, 2, 3, 4, 5, 6].map((number) => `handed-over-${number}`),
    );
  }, 120_000);

  it('is paused over a renewal, which nobody is charged for', async () => {
    const schedule = await create('away', monthOf(2, YEAR + 1), { maxOccurrences: 3 });
    await liveUntil(after(2, YEAR + 1));
    await time.mutate('pauseSchedule', { id: schedule.id, reason: 'a long holiday' });
    await liveUntil(after(3, YEAR + 1));
    await time.mutate('resumeSchedule', { id: schedule.id });
    await liveUntil(after(4, YEAR + 1));
    expect(await statusesOf(schedule)).toEqual(['SUCCEEDED', 'SKIPPED', 'SUCCEEDED']);
    expect(await time.captures('away-')).toHaveLength(2);
  }, 120_000);

  it('is not charged again on a card that is dead for good, not even by the provider', async () => {
    const billingKeyId = await time.key('PORTONE', 'LOST_OR_STOLEN');
    const onCard = { billingKeyId, maxOccurrences: 1 };
    const first = await create('first-declined', monthOf(7, YEAR + 1), onCard);
    const other = await create('other-plan', after(7, YEAR + 1), onCard);
    await liveUntil(after(8, YEAR + 1));
    const [declined] = (await time.read(first.id)).occurrences.nodes;
    expect(declined).toMatchObject({ status: 'FAILED', attempts: [{ outcome: 'DECLINED' }] });
    const [refused] = (await time.read(other.id)).occurrences.nodes;
    expect(refused).toMatchObject({
      ...{ status: 'FAILED', failureCode: 'LOST_OR_STOLEN', attempts: [{ outcome: 'NOT_SENT' }] },
    });
    expect(refused!.timeline.map(({ to }) => to)).toEqual([
      ...['SCHEDULED', 'REGISTERED', 'SCHEDULED', 'FAILED'],
    ]);
  }, 120_000);
});
