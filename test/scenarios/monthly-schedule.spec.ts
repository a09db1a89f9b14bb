import { SOON_LOOKS, startHouse, type House } from '../support/house.js';
import { Timekeeper } from '../support/timekeeper.js';

/** The sixteenth of this month and the like would make a story that differs by the day it is told on: it begins a year ahead, in January. */
const YEAR = new Date().getUTCFullYear() + 1;
const isLeap = YEAR % 4 === 0;
const monthEnds = [
  `${YEAR}-01-31`,
  `${YEAR}-02-${isLeap ? 29 : 28}`,
  `${YEAR}-03-31`,
  `${YEAR}-04-30`,
  `${YEAR}-05-31`,
  `${YEAR}-06-30`,
  `${YEAR}-07-31`,
  `${YEAR}-08-31`,
  `${YEAR}-09-30`,
  `${YEAR}-10-31`,
  `${YEAR}-11-30`,
  `${YEAR}-12-31`,
].map((day) => `${day}T00:00:00.000Z`);
/** Seoul has no summer time: nine in the morning is midnight UTC all year round. */
const monthly = { every: 1, unit: 'MONTH', timeOfDay: '09:00', timeZone: 'Asia/Seoul' };

const orderOf = (orderId: string, amount: number, currency: string) => ({
  orderId,
  name: 'A month of reading',
  amount: { amount, currency },
});

describe('a monthly schedule from 31 January', () => {
  let house: House;
  let time: Timekeeper;

  beforeAll(async () => {
    house = await startHouse({
      worker: true,
      env: SOON_LOOKS,
    });
    time = new Timekeeper(house);
  }, 60_000);
  afterAll(() => house.close());

  it('is held by PortOne month by month, confirmed by webhook, and never drifts', async () => {
    const billingKeyId = await time.key('PORTONE');
    const { schedule, userErrors } = await time.create({
      billingKeyId,
      order: orderOf('reading', 9900, 'KRW'),
      recurrence: monthly,
      startAt: monthEnds[0],
      maxOccurrences: 12,
    });
    expect(userErrors).toEqual([]);
    expect(schedule).toMatchObject({ status: 'ACTIVE', execution: 'PROVIDER_SCHEDULED' });
    expect(schedule!.nextOccurrences).toEqual(monthEnds.slice(0, 3));
    await house.worker.runUntilIdle();
    const registered = await time.read(schedule!.id);
    expect(registered.occurrences.nodes).toMatchObject([
      { orderId: 'reading-1', status: 'REGISTERED', attempts: [{ outcome: 'PENDING' }] },
    ]);

    const { operation } = await time.liveUntil('PORTONE', `${YEAR + 1}-01-05T00:00:00Z`);
    expect(operation).toMatchObject({
      status: 'COMPLETED',
      charges: { succeeded: 12, failed: 0, retried: 0 },
      money: [{ amount: 12 * 9900, currency: 'KRW' }],
    });
    const lived = await time.read(schedule!.id);
    expect(lived.status).toBe('COMPLETED');
    expect(lived.nextOccurrences).toEqual([]);
    expect(lived.occurrences.nodes.map(({ dueAt }) => dueAt)).toEqual(monthEnds);
    expect(lived.occurrences.nodes.every(({ status }) => status === 'SUCCEEDED')).toBe(true);
    const captured = await time.captures('reading-');
    expect(captured.map(({ orderReference }) => orderReference)).toEqual(
      monthEnds.map((_, index) => `reading-${index + 1}`),
    );
  }, 90_000);

  it('beside another that falls due a moment later, as the moved clock ticks on: both are asked for, without a webhook', async () => {
    const billingKeyId = await time.key('PORTONE');
    await house.control('faults', [{ match: { provider: 'PORTONE' }, fate: 'webhook-dropped' }]);
    const { providerAccounts } = await house.graphql<{
      providerAccounts: { id: string; clock: { now: string } }[];
    }>('{ providerAccounts { id clock { now } } }');
    const account = providerAccounts.find(({ id }) => id === time.accountOf('PORTONE'));
    // So soon that both are registered before the clock moves.
    const first = Date.parse(account!.clock.now) + 2 * 3_600_000;
    const schedules = await Promise.all(
      [first, first + 400].map((at, n) =>
        time.create({
          ...{ billingKeyId, order: orderOf(`moment-${n}`, 9900, 'KRW') },
          startAt: new Date(at),
        }),
      ),
    );
    await house.worker.runUntilIdle();
    const began = performance.now();
    const { operation } = await time.liveUntil('PORTONE', new Date(first));
    await house.control('faults', []);
    // Asked for at its own first look, and not found by what looks at everything now and then.
    expect(performance.now() - began).toBeLessThan(12_000);
    expect(operation).toMatchObject({ status: 'COMPLETED' });
    for (const { schedule } of schedules)
      expect((await time.read(schedule!.id)).occurrences.nodes).toMatchObject([
        { status: 'SUCCEEDED' },
      ]);
  }, 60_000);

  it('is sent by Refrain at its time where the provider keeps no schedules', async () => {
    const billingKeyId = await time.key('NEXI');
    const { schedule, userErrors } = await time.create({
      billingKeyId,
      order: orderOf('lesing', 12900, 'SEK'),
      recurrence: { ...monthly, timeZone: 'UTC', timeOfDay: '00:00' },
      startAt: monthEnds[0],
      maxOccurrences: 12,
    });
    expect(userErrors).toEqual([]);
    expect(schedule!.execution).toBe('SERVICE_DISPATCHED');
    const { operation } = await time.liveUntil('NEXI', `${YEAR + 1}-01-05T00:00:00Z`);
    expect(operation).toMatchObject({ status: 'COMPLETED', charges: { succeeded: 12, failed: 0 } });
    const lived = await time.read(schedule!.id);
    expect(lived.status).toBe('COMPLETED');
    expect(lived.occurrences.nodes.map(({ dueAt }) => dueAt)).toEqual(monthEnds);
    expect(await time.captures('lesing-')).toHaveLength(12);
  }, 90_000);

  it('goes on after a month that was declined until the retries were used up', async () => {
    const billingKeyId = await time.key('PORTONE', 'INSUFFICIENT_FUNDS');
    const from = `${YEAR + 1}-02-01T00:00:00.000Z`;
    const { schedule, userErrors } = await time.create({
      billingKeyId,
      order: orderOf('declined', 5000, 'KRW'),
      recurrence: { ...monthly, anchorDay: 1 },
      startAt: from,
      maxOccurrences: 2,
    });
    expect(userErrors).toEqual([]);
    const { operation } = await time.liveUntil('PORTONE', `${YEAR + 1}-04-01T00:00:00Z`);
    // Twice: the first attempt and the three retries of the standard policy.
    expect(operation).toMatchObject({
      status: 'COMPLETED',
      charges: { succeeded: 0, failed: 2, retried: 6 },
    });
    const lived = await time.read(schedule!.id);
    expect(lived.status).toBe('COMPLETED');
    expect(lived.occurrences.nodes).toMatchObject([
      { status: 'FAILED', failureCode: 'INSUFFICIENT_FUNDS' },
      { status: 'FAILED', failureCode: 'INSUFFICIENT_FUNDS' },
    ]);
    expect(lived.occurrences.nodes.map(({ attempts }) => attempts.length)).toEqual([4, 4]);
    expect(await time.captures('declined-')).toEqual([]);
  }, 90_000);
});
