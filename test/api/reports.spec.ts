import { fromPublicId } from '#kernel';
import { startHouse, type House } from '../support/house.js';
import { Shop } from '../support/shop.js';
import { Timekeeper } from '../support/timekeeper.js';

const DAY_MS = 86_400_000;

interface Bucket {
  readonly from: string;
  readonly to: string;
  readonly charges: number;
  readonly amount: { readonly amount: number; readonly currency: string };
  readonly retries: number;
  readonly retryAmount: { readonly amount: number };
}

describe('reports', () => {
  let house: House;
  let shop: Shop;
  let time: Timekeeper;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    time = new Timekeeper(house);
  }, 60_000);
  afterAll(() => house.close());

  const forecast = async (from: Date, to: Date, by: string, timeZone = 'UTC'): Promise<Bucket[]> =>
    (
      await house.graphql<{ forecast: Bucket[] }>(
        `query ($from: DateTime!, $to: DateTime!, $by: ForecastStep!, $timeZone: String!) {
          forecast(from: $from, to: $to, by: $by, timeZone: $timeZone) { from to charges
            amount { amount currency } retries retryAmount { amount } } }`,
        { from: from.toISOString(), to: to.toISOString(), by, timeZone },
      )
    ).forecast;
  const statistics = async (from: Date, to: Date) =>
    (
      await house.graphql<{ statistics: Record<string, unknown> }>(
        `query ($from: DateTime!, $to: DateTime!) { statistics(from: $from, to: $to) {
          charges successRate recoveryRate
          byCurrency { charges succeeded failed collected { amount currency } lost { amount }
            refunded { amount } }
          byFailureCode { failureCode attempts charges recovered }
          byProvider { provider charges succeeded failed successRate } } }`,
        { from: from.toISOString(), to: to.toISOString() },
      )
    ).statistics;

  it('forecast what schedules bring, by the plan that holds for each date, and what is tried again', async () => {
    const now = Date.now();
    const key = await shop.key('NEXI');
    const startAt = new Date(now + DAY_MS);
    const make = async (orderId: string, more: object) => {
      const { schedule, userErrors } = await time.create({
        ...{ billingKeyId: key, startAt, ...more },
        order: { orderId, name: 'Tea', amount: { amount: 900, currency: 'EUR' } },
      });
      expect(userErrors).toEqual([]);
      return schedule!;
    };
    const weekly = { every: 1, unit: 'WEEK', timeZone: 'Europe/Oslo' };
    await make('weekly', { recurrence: weekly, maxOccurrences: 3 });
    await make('first', { recurrence: weekly, firstAmount: { amount: 100, currency: 'EUR' } });
    const changing = await make('changing', { recurrence: weekly });
    await time.mutate('updateSchedule', {
      ...{ id: changing.id, effectiveAt: new Date(now + 10 * DAY_MS) },
      order: { amount: { amount: 2_000, currency: 'EUR' } },
    });
    const paused = await make('paused', { recurrence: weekly });
    await time.mutate('pauseSchedule', { id: paused.id });
    await shop.charge(await shop.key('NEXI', 'INSUFFICIENT_FUNDS'), shop.orderAt('NEXI'));
    await house.worker.runUntilIdle();

    const days = await forecast(new Date(now), new Date(now + 30 * DAY_MS), 'DAY');
    const dayOf = (number: number) => new Date(startAt.getTime() + number * 7 * DAY_MS);
    const bucketAt = (at: Date) =>
      days.find(({ from, to }) => new Date(from) <= at && at < new Date(to));
    expect(bucketAt(dayOf(0))).toMatchObject({
      ...{ charges: 4, amount: { amount: 900 + 100 + 900 + 9_900, currency: 'EUR' } },
      ...{ retries: 1, retryAmount: { amount: 9_900 } },
    });
    expect(bucketAt(dayOf(1))).toMatchObject({ charges: 3, amount: { amount: 2_700 } });
    expect(bucketAt(dayOf(2))).toMatchObject({ charges: 3, amount: { amount: 3_800 } });
    expect(bucketAt(dayOf(3))).toMatchObject({ charges: 2, amount: { amount: 2_900 } });
    const months = await forecast(new Date(now), new Date(now + 30 * DAY_MS), 'MONTH');
    const sum = (buckets: readonly Bucket[]) =>
      buckets.reduce((total, { amount }) => total + amount.amount, 0);
    expect(sum(months)).toBe(sum(days));
  });

  it.each([
    ['an end before its start', -1, 'DAY', 'UTC', /to: expected a time after from/],
    ['more steps than anybody reads', 900, 'DAY', 'UTC', /to: expected at most 800 steps/],
    ['a zone that does not exist', 9, 'DAY', 'Mars/Olympus', /timeZone: expected a name/],
  ])('refuse %s', async (_, days, by, timeZone, message) => {
    const now = Date.now();
    await expect(
      forecast(new Date(now), new Date(now + days * DAY_MS), by, timeZone),
    ).rejects.toThrow(message);
  });

  it('tell how charges came out, and what was recovered', async () => {
    const from = new Date(Date.now() + 400 * DAY_MS);
    const to = new Date(from.getTime() + DAY_MS);
    const dueAt = new Date(from.getTime() + 1_000);
    const charge = async (outcome: string) =>
      shop.charge(await shop.key('NEXI', outcome), shop.orderAt('NEXI', { amount: 1_000 }), {
        dueAt,
      });
    const recovered = await charge('INSUFFICIENT_FUNDS');
    for (const outcome of ['APPROVED', 'APPROVED', 'LOST_OR_STOLEN']) await charge(outcome);
    await time.liveUntil('NEXI', new Date(from.getTime() + 60_000));
    await house.graphql(
      `mutation ($input: ChangeBillingKeyInput!) { changeBillingKey(input: $input) {
        userErrors { message } } }`,
      {
        input: {
          billingKeyId: await shop.key('NEXI'),
          replacedKeyId: (await shop.read(recovered.id)).billingKey.id,
        },
      },
    );
    await shop.untilCharge(recovered.id, 'SUCCEEDED');
    expect(await statistics(from, to)).toEqual({
      ...{ charges: 4, successRate: 0.75, recoveryRate: 0.5 },
      byCurrency: [
        {
          ...{ charges: 4, succeeded: 3, failed: 1, collected: { amount: 3_000, currency: 'EUR' } },
          ...{ lost: { amount: 1_000 }, refunded: { amount: 0 } },
        },
      ],
      byFailureCode: [
        { failureCode: 'INSUFFICIENT_FUNDS', attempts: 1, charges: 1, recovered: 1 },
        { failureCode: 'LOST_OR_STOLEN', attempts: 1, charges: 1, recovered: 0 },
      ],
      byProvider: [{ provider: 'NEXI', charges: 4, succeeded: 3, failed: 1, successRate: 0.75 }],
    });
    await expect(statistics(to, from)).rejects.toThrow(/to: expected a time after from/);
  }, 60_000);

  it('refuse a sum that no safe integer holds, by its currency, and answer what else is asked', async () => {
    const from = new Date(Date.now() + 500 * DAY_MS);
    const to = new Date(from.getTime() + DAY_MS);
    const dueAt = new Date(from.getTime() + DAY_MS / 2);
    const key = await shop.key('PORTONE');
    const ids: string[] = [];
    for (const order of [shop.orderAt('PORTONE'), shop.orderAt('PORTONE')])
      ids.push(fromPublicId('charge', (await shop.charge(key, order, { dueAt })).id)!);
    // Such amounts were taken once; no request makes them any more.
    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query('UPDATE charges SET amount_minor = $2 WHERE merchant_id = $1 AND id = ANY($3)', [
        ...[house.merchant.id, Number.MAX_SAFE_INTEGER, ids],
      ]),
    );
    const ask = (report: string) =>
      house.graphql.raw(`query ($from: DateTime!, $to: DateTime!) { ${report} }`, {
        ...{ from: from.toISOString(), to: to.toISOString() },
      });
    const expectRefused = async (report: string) => {
      const { errors } = await ask(report);
      expect(errors?.[0]).toMatchObject({
        message: 'expected a sum within ±(2^53 − 1) minor units, found more in KRW',
        extensions: { code: 'SUM_TOO_LARGE', currency: 'KRW' },
      });
    };
    await expectRefused('forecast(from: $from, to: $to, by: MONTH) { amount { amount } }');
    expect(await ask('forecast(from: $from, to: $to, by: MONTH) { charges }')).toMatchObject({
      data: { forecast: [{ charges: 2 }] },
    });
    await expect(time.liveUntil('PORTONE', to)).rejects.toThrow(/found more in KRW/);
    await expectRefused('statistics(from: $from, to: $to) { byCurrency { collected { amount } } }');
    expect(
      await ask('statistics(from: $from, to: $to) { charges byCurrency { succeeded } }'),
    ).toMatchObject({ data: { statistics: { charges: 2, byCurrency: [{ succeeded: 2 }] } } });
  }, 60_000);
});
