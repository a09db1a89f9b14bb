import { setTimeout as pause } from 'node:timers/promises';
import { SOON_LOOKS, startHouse, type House } from '../support/house.js';
import { Timekeeper, type SchedulePayload, type UserError } from '../support/timekeeper.js';

const daily = { every: 1, unit: 'DAY', timeZone: 'Asia/Seoul' };
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('schedules', () => {
  let house: House;
  let time: Timekeeper;
  let portoneKey: string;
  let nexiKey: string;
  let lastOrder = 0;

  beforeAll(async () => {
    house = await startHouse({
      worker: true,
      env: SOON_LOOKS,
    });
    time = new Timekeeper(house);
    portoneKey = await time.key('PORTONE');
    nexiKey = await time.key('NEXI');
  }, 60_000);
  afterAll(() => house.close());

  const orderId = () => `order-${(lastOrder += 1)}`;
  const order = (id = orderId(), amount = 9900, currency = 'KRW') => ({
    orderId: id,
    name: 'Coffee',
    amount: { amount, currency },
  });
  /** What the account's clock shows, as far as the operations of this suite moved it. */
  let shown: Record<'PORTONE' | 'NEXI', number> = { PORTONE: 0, NEXI: 0 };
  const nowOf = (provider: 'PORTONE' | 'NEXI') => Math.max(Date.now(), shown[provider]);
  const inMs = (ms: number, provider: 'PORTONE' | 'NEXI' = 'PORTONE') =>
    new Date(nowOf(provider) + ms).toISOString();
  const moveTo = async (provider: 'PORTONE' | 'NEXI', at: string) => {
    const { operation, userErrors } = await time.liveUntil(provider, at);
    expect(userErrors).toEqual([]);
    expect(operation?.status).toBe('COMPLETED');
    shown = { ...shown, [provider]: Date.parse(at) + 5_000 };
    return operation!;
  };
  const make = async (input: object): Promise<NonNullable<SchedulePayload['schedule']>> => {
    const { schedule, userErrors } = await time.create(input);
    expect(userErrors).toEqual([]);
    await house.worker.runUntilIdle();
    return schedule!;
  };
  const refused = async (input: object): Promise<UserError> => {
    const { schedule, userErrors } = await time.create(input);
    expect(schedule).toBeNull();
    expect(userErrors).toHaveLength(1);
    return userErrors[0]!;
  };

  const until = async (isSo: () => Promise<boolean>) => {
    const giveUpAt = performance.now() + 20_000;
    while (!(await isSo())) {
      if (performance.now() > giveUpAt) throw new Error('it never became so');
      await pause(100);
      await house.worker.runUntilIdle();
    }
  };

  describe('bad input is answered with the field and what was expected', () => {
    it.each([
      [
        'an unknown key',
        { billingKeyId: 'bk_01h455vb4pex5vsknk084sn02q' },
        'NOT_FOUND',
        ['billingKeyId'],
      ],
      ['no id at all', { billingKeyId: 'nonsense' }, 'NOT_FOUND', ['billingKeyId']],
      ['amount 0', { order: order('zero', 0) }, 'INVALID_AMOUNT', ['order', 'amount', 'amount']],
      [
        'an amount of thirteen digits',
        { order: order('thirteen', 1e12) },
        'INVALID_AMOUNT',
        ['order', 'amount', 'amount'],
      ],
      [
        'a first amount of thirteen digits',
        { firstAmount: { amount: 1e12, currency: 'KRW' } },
        'INVALID_AMOUNT',
        ['firstAmount', 'amount'],
      ],
      ['decimals', { order: order('half', 10.5) }, 'INVALID_AMOUNT', ['order', 'amount', 'amount']],
      [
        'a currency the account does not take',
        { order: order('sek', 100, 'SEK') },
        'CURRENCY_NOT_SUPPORTED',
        ['order', 'amount', 'currency'],
      ],
      [
        'an order id of 33 characters',
        { order: order('x'.repeat(33)) },
        'INVALID_ORDER_ID',
        ['order', 'orderId'],
      ],
      [
        'a start two minutes ago',
        { startAt: new Date(Date.now() - 120_000) },
        'DUE_IN_PAST',
        ['startAt'],
      ],
      ['a start in the year 0', { startAt: '0000-06-01T00:00:00Z' }, 'INVALID_TIME', ['startAt']],
      ['a start in 9999', { startAt: '9999-06-01T00:00:00Z' }, 'INVALID_TIME', ['startAt']],
      [
        'an end before the start',
        { recurrence: daily, endAt: new Date(Date.now() - DAY_MS) },
        'INVALID_TIME',
        ['endAt'],
      ],
      [
        'a zone that does not exist',
        { recurrence: { ...daily, timeZone: 'Asia/Atlantis' } },
        'INVALID_RECURRENCE',
        ['recurrence', 'timeZone'],
      ],
      [
        'every 0 days',
        { recurrence: { ...daily, every: 0 } },
        'INVALID_RECURRENCE',
        ['recurrence', 'every'],
      ],
      [
        'a retry policy of nobody',
        { retryPolicyId: 'rp_01h455vb4pex5vsknk084sn02q' },
        'NOT_FOUND',
        ['retryPolicyId'],
      ],
    ])('%s', async (_, wrong: object, code, field) => {
      const error = await refused({ billingKeyId: portoneKey, order: order(), ...wrong });
      expect(error).toMatchObject({ code, field });
      expect(error.message).toMatch(/expected/);
    });

    it('a provider that keeps no schedules, naming the alternative', async () => {
      const error = await refused({
        billingKeyId: nexiKey,
        order: order(orderId(), 100, 'EUR'),
        execution: 'PROVIDER_SCHEDULED',
      });
      expect(error).toMatchObject({ code: 'UNSUPPORTED_BY_PROVIDER', field: ['execution'] });
      expect(error.message).toContain('SERVICE_DISPATCHED');
    });

    it('an amount that the provider cannot be asked for', async () => {
      const asked = { billingKeyId: nexiKey, order: order(orderId(), 100, 'EUR') };
      const amount = 2_147_483_648;
      expect(await refused({ ...asked, order: order(orderId(), amount, 'EUR') })).toMatchObject({
        ...{ code: 'INVALID_AMOUNT', field: ['order', 'amount', 'amount'] },
        message: expect.stringContaining('at most 2147483647 minor units, which NEXI takes'),
      });
      expect(await refused({ ...asked, firstAmount: { amount, currency: 'EUR' } })).toMatchObject({
        ...{ code: 'INVALID_AMOUNT', field: ['firstAmount', 'amount'] },
      });
    });

    it('a clock moved back, and a preview of more than a hundred', async () => {
      const { userErrors } = await time.liveUntil('NEXI', new Date(Date.now() - HOUR_MS));
      expect(userErrors).toMatchObject([{ code: 'INVALID_TIME', field: ['to'] }]);
      const { errors } = await house.graphql.raw(
        `{ previewSchedule(recurrence: { every: 1, unit: DAY, timeZone: "UTC" },
             startAt: "2030-01-01T00:00:00Z", first: 101) }`,
      );
      expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
    });
  });

  it('previews the ends of months', async () => {
    const { previewSchedule } = await house.graphql<{ previewSchedule: string[] }>(
      `{ previewSchedule(recurrence: { every: 1, unit: MONTH, timeZone: "UTC" },
           startAt: "2028-01-31T10:00:00Z", endAt: "2028-04-30T10:00:00Z", first: 100) }`,
    );
    expect(previewSchedule.map((at) => at.slice(0, 10))).toEqual([
      '2028-01-31',
      '2028-02-29',
      '2028-03-31',
      '2028-04-30',
    ]);
  });

  it('answers the same call with the same schedule, and other content with a mismatch', async () => {
    const input = { billingKeyId: portoneKey, order: order(), startAt: inMs(DAY_MS) };
    const first = await make(input);
    const again = await time.create(input);
    expect(again).toMatchObject({ replayed: true, schedule: { id: first.id }, userErrors: [] });
    const other = { ...input, order: { ...input.order, name: 'Tea' } };
    expect(await refused(other)).toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
      field: ['order', 'orderId'],
    });
    const keyed = { ...input, order: order(), externalId: 'subscription-1' };
    await make(keyed);
    expect(await refused({ ...keyed, order: order() })).toMatchObject({
      code: 'IDEMPOTENCY_MISMATCH',
      field: ['externalId'],
    });
    expect(await refused({ ...input, externalId: 'subscription-2' })).toMatchObject({
      code: 'ORDER_ALREADY_EXISTS',
      field: ['order', 'orderId'],
    });
  });

  it('charges a one-off that is due now at once, and is complete', async () => {
    const schedule = await make({ billingKeyId: portoneKey, order: order() });
    const lived = await time.read(schedule.id);
    expect(lived).toMatchObject({
      status: 'COMPLETED',
      occurrences: { nodes: [{ status: 'SUCCEEDED' }] },
    });
  });

  it('takes a registered occurrence back when paused, and registers it anew when resumed', async () => {
    const schedule = await make({
      billingKeyId: portoneKey,
      order: order(),
      recurrence: daily,
      startAt: inMs(DAY_MS),
    });
    const unreadable = await time.mutate('pauseSchedule', { id: schedule.id, reason: 'a\u202eb' });
    expect(unreadable.userErrors).toMatchObject([{ code: 'INVALID_INPUT', field: ['reason'] }]);
    const paused = await time.mutate('pauseSchedule', { id: schedule.id, reason: 'holiday' });
    expect(paused).toMatchObject({
      userErrors: [],
      schedule: {
        status: 'PAUSED',
        pauseReason: 'holiday',
        occurrences: { nodes: [{ status: 'SCHEDULED', attempts: [{ outcome: 'NOT_SENT' }] }] },
      },
    });
    await time.mutate('resumeSchedule', { id: schedule.id });
    await house.worker.runUntilIdle();
    const resumed = await time.read(schedule.id);
    expect(resumed).toMatchObject({
      status: 'ACTIVE',
      pauseReason: null,
      occurrences: {
        nodes: [
          { status: 'REGISTERED', attempts: [{ outcome: 'NOT_SENT' }, { outcome: 'PENDING' }] },
        ],
      },
    });
    await time.mutate('cancelSchedule', { id: schedule.id });
    const canceled = await time.read(schedule.id);
    expect(canceled).toMatchObject({
      status: 'CANCELED',
      nextOccurrences: [],
      occurrences: { nodes: [{ status: 'CANCELED' }] },
    });
  });

  it('charges nobody for days that were paused over, and says so row by row', async () => {
    const start = Date.parse(inMs(2 * HOUR_MS, 'NEXI'));
    const id = orderId();
    const schedule = await make({
      billingKeyId: nexiKey,
      order: order(id, 500, 'EUR'),
      recurrence: { ...daily, timeZone: 'UTC' },
      startAt: new Date(start),
    });
    const firstExplained = async (): Promise<string> => {
      const { charge } = await house.graphql<{ charge: { explanation: string } }>(
        'query ($orderId: String!) { charge(orderId: $orderId) { explanation } }',
        { orderId: `${id}-1` },
      );
      return charge.explanation;
    };
    await time.mutate('pauseSchedule', { id: schedule.id });
    expect(await firstExplained()).toContain('its schedule is paused; it falls due at');
    await moveTo('NEXI', new Date(start + 2.5 * DAY_MS).toISOString());
    expect(await firstExplained()).toContain('its schedule is paused; it fell due at');
    await time.mutate('resumeSchedule', { id: schedule.id });
    expect(await firstExplained()).toContain('skipped: it fell due while the schedule was paused');
    await moveTo('NEXI', new Date(start + 3.5 * DAY_MS).toISOString());
    const { occurrences } = await time.read(schedule.id);
    expect(occurrences.nodes.map(({ status }) => status)).toEqual([
      'SKIPPED',
      'SKIPPED',
      'SKIPPED',
      'SUCCEEDED',
      'SCHEDULED',
    ]);
  }, 60_000);

  it('asks what became of a registration whose answer was lost, and never registers twice', async () => {
    const path = '/subscribe/payments/schedule';
    await house.control('faults', [
      { match: { provider: 'PORTONE', method: 'POST', path }, fate: 'response-lost', times: 1 },
    ]);
    const schedule = await make({
      billingKeyId: portoneKey,
      order: order(),
      startAt: inMs(DAY_MS),
    });
    const unclear = await time.read(schedule.id);
    expect(unclear.occurrences.nodes).toMatchObject([
      { status: 'REGISTERED', attempts: [{ outcome: 'UNKNOWN' }] },
    ]);
    await until(async () => {
      const [occurrence] = (await time.read(schedule.id)).occurrences.nodes;
      return occurrence?.attempts[0]?.outcome === 'PENDING';
    });
    await moveTo('PORTONE', inMs(DAY_MS + HOUR_MS));
    const { occurrences } = await time.read(schedule.id);
    const [occurrence] = occurrences.nodes;
    expect(occurrences.nodes).toMatchObject([
      { status: 'SUCCEEDED', attempts: [{ outcome: 'SUCCEEDED' }] },
    ]);
    expect(await time.captures(occurrence!.orderId)).toHaveLength(1);
  }, 60_000);

  it('sends an occurrence itself that the provider refused to keep', async () => {
    await house.control('faults', [
      {
        match: { provider: 'PORTONE', method: 'POST', path: '/subscribe/payments/schedule' },
        fate: 'error-before',
        options: { status: 400 },
        times: 1,
      },
    ]);
    const schedule = await make({
      billingKeyId: portoneKey,
      order: order(),
      startAt: inMs(DAY_MS),
    });
    const { occurrences } = await time.read(schedule.id);
    expect(occurrences.nodes).toMatchObject([
      { status: 'SCHEDULED', attempts: [{ outcome: 'REJECTED' }] },
    ]);
    await moveTo('PORTONE', inMs(DAY_MS + HOUR_MS));
    const lived = await time.read(schedule.id);
    expect(lived).toMatchObject({
      status: 'COMPLETED',
      occurrences: { nodes: [{ status: 'SUCCEEDED' }] },
    });
  }, 60_000);

  it('skips one, moves the price, and goes on from the next occurrence', async () => {
    const start = Date.parse(inMs(DAY_MS));
    const schedule = await make({
      billingKeyId: portoneKey,
      order: order(),
      recurrence: daily,
      startAt: new Date(start),
      maxOccurrences: 3,
    });
    const skipped = await time.mutate('skipOccurrence', { id: schedule.id });
    expect(skipped.userErrors).toEqual([]);
    await house.worker.runUntilIdle();
    const thirteen = await time.mutate('updateSchedule', {
      id: schedule.id,
      order: { amount: { amount: 1e12, currency: 'KRW' } },
    });
    expect(thirteen.userErrors).toMatchObject([
      { code: 'INVALID_AMOUNT', field: ['order', 'amount', 'amount'] },
    ]);
    const updated = await time.mutate('updateSchedule', {
      id: schedule.id,
      order: { amount: { amount: 12_000, currency: 'KRW' } },
    });
    expect(updated.userErrors).toEqual([]);
    await moveTo('PORTONE', new Date(start + 3 * DAY_MS).toISOString());
    const lived = await time.read(schedule.id);
    expect(lived.status).toBe('COMPLETED');
    expect(lived.occurrences.nodes.map(({ status, amount }) => [status, amount.amount])).toEqual([
      ['SKIPPED', 9900],
      ['SUCCEEDED', 12_000],
      ['SUCCEEDED', 12_000],
    ]);
  }, 60_000);

  it('leaves what is within a minute of its time, and changes from the next one on', async () => {
    const start = Date.parse(inMs(DAY_MS));
    const schedule = await make({
      billingKeyId: portoneKey,
      order: order(),
      recurrence: daily,
      startAt: new Date(start),
    });
    await moveTo('PORTONE', new Date(start - 30_000).toISOString());
    const paused = await time.mutate('pauseSchedule', { id: schedule.id });
    expect(paused).toMatchObject({ schedule: null, userErrors: [{ code: 'IN_FLIGHT' }] });
    await moveTo('PORTONE', new Date(start + 2 * DAY_MS).toISOString());
    const lived = await time.read(schedule.id);
    expect(lived.status).toBe('PAUSED');
    expect(lived.occurrences.nodes.map(({ status }) => status)).toEqual(['SUCCEEDED']);
  }, 60_000);

  it('moves what comes after an occurrence in flight to the whole of its new plan', async () => {
    const start = Date.parse(inMs(DAY_MS));
    const schedule = await make({
      billingKeyId: portoneKey,
      order: order(),
      recurrence: daily,
      startAt: new Date(start),
    });
    await moveTo('PORTONE', new Date(start - 30_000).toISOString());
    const startAt = new Date(start + 5 * DAY_MS).toISOString();
    const moved = await time.mutate('updateSchedule', { id: schedule.id, startAt });
    expect(moved).toMatchObject({ schedule: null, userErrors: [{ code: 'IN_FLIGHT' }] });
    await moveTo('PORTONE', new Date(start + DAY_MS).toISOString());
    const { occurrences } = await time.read(schedule.id);
    expect(occurrences.nodes.map(({ dueAt }) => dueAt)).toEqual([
      new Date(start).toISOString(),
      startAt,
    ]);
    await time.mutate('cancelSchedule', { id: schedule.id });
  }, 60_000);

  it('says which occurrence was sent already when it cancels a schedule', async () => {
    await house.control('faults', [
      {
        match: { provider: 'NEXI', method: 'POST', path: '/v1/unscheduledsubscriptions/*/charges' },
        fate: 'error-before',
        options: { status: 500 },
        times: 1,
      },
    ]);
    const schedule = await make({
      billingKeyId: nexiKey,
      order: order(orderId(), 500, 'EUR'),
      recurrence: { ...daily, timeZone: 'UTC' },
    });
    const cancel = () => time.mutate('cancelSchedule', { id: schedule.id });
    const canceled = await cancel();
    expect(canceled).toMatchObject({ schedule: null, userErrors: [{ code: 'IN_FLIGHT' }] });
    expect(await cancel()).toMatchObject({ userErrors: [{ code: 'IN_FLIGHT' }] });
    expect(await time.read(schedule.id)).toMatchObject({ status: 'CANCELED' });
  }, 60_000);

  it('brings the next occurrence forth while the one before is being tried again', async () => {
    const declined = await time.key('NEXI', 'INSUFFICIENT_FUNDS');
    const start = Date.parse(inMs(DAY_MS, 'NEXI'));
    const schedule = await make({
      billingKeyId: declined,
      order: order(orderId(), 700, 'EUR'),
      recurrence: { ...daily, timeZone: 'UTC' },
      startAt: new Date(start),
    });
    await moveTo('NEXI', new Date(start + 1.5 * DAY_MS).toISOString());
    const { occurrences } = await time.read(schedule.id);
    expect(occurrences.nodes.slice(0, 2).map(({ status }) => status)).toEqual([
      'RETRY_SCHEDULED',
      'RETRY_SCHEDULED',
    ]);
    const canceled = await time.mutate('cancelSchedule', { id: schedule.id });
    expect(canceled.userErrors).toEqual([]);
    const ended = await time.read(schedule.id);
    expect(new Set(ended.occurrences.nodes.map(({ status }) => status))).toEqual(
      new Set(['CANCELED']),
    );
  }, 60_000);

  it('lists schedules by filter, and another merchant cannot tell ours from none', async () => {
    const { schedules } = await house.graphql<{
      schedules: { nodes: { id: string; status: string }[] };
    }>('{ schedules(filter: { statuses: [CANCELED] }, first: 50) { nodes { id status } } }');
    expect(schedules.nodes.length).toBeGreaterThan(1);
    expect(new Set(schedules.nodes.map(({ status }) => status))).toEqual(new Set(['CANCELED']));
    const gone = await time.mutate('cancelSchedule', { id: 'sch_01h455vb4pex5vsknk084sn02q' });
    expect(gone.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['id'] }]);
  });
});
