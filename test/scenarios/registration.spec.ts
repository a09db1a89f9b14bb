import { setTimeout as pause } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { CHARGES_DEPENDENCIES, type ChargesDependencies } from '#charges';
import { fromPublicId } from '#kernel';
import { hastenAll } from '#merchants';
import type { Provider } from '#providers/contract';
import { ScheduleRegistrar } from '#scheduling';
import { startHouse, type House } from '../support/house.js';
import { Shop } from '../support/shop.js';
import { Timekeeper } from '../support/timekeeper.js';

const DAY_MS = 86_400_000;
const SCHEDULE_PATH = '/subscribe/payments/schedule';
/** Registrations of one account that are under way at once. */
const AT_ONCE = 16;

interface Occurrence {
  readonly id: string;
  readonly orderId: string;
  readonly status: string;
  readonly attempts: readonly { readonly providerReference: string; readonly outcome: string }[];
}

describe('a registration with PortOne', () => {
  let house: House;
  let time: Timekeeper;
  let app: INestApplicationContext;
  let dependencies: ChargesDependencies;
  let billingKeyId: string;
  let lastOrder = 0;

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    time = new Timekeeper(house);
    app = await NestFactory.createApplicationContext(WorkerModule.with(house.platform), {
      logger: ['fatal', 'error'],
    });
    dependencies = app.get<ChargesDependencies>(CHARGES_DEPENDENCIES, { strict: false });
    billingKeyId = await time.key('PORTONE');
  }, 60_000);
  afterAll(async () => {
    await app.close();
    await house.close();
  });

  const create = async (
    startAt = new Date(Date.now() + DAY_MS),
    onKey = billingKeyId,
  ): Promise<string> => {
    const order = {
      orderId: `registration-${(lastOrder += 1)}`,
      name: 'Coffee',
      amount: { amount: 9900, currency: 'KRW' },
    };
    const { schedule, userErrors } = await time.create({ billingKeyId: onKey, order, startAt });
    expect(userErrors).toEqual([]);
    return schedule!.id;
  };
  const occurrenceOf = async (scheduleId: string): Promise<Occurrence> => {
    const { schedule } = await house.graphql<{
      schedule: { occurrences: { nodes: Occurrence[] } };
    }>(
      `query ($id: ID!) { schedule(id: $id) { occurrences(first: 1) { nodes {
         id orderId status attempts { providerReference outcome } } } } }`,
      { id: scheduleId },
    );
    return schedule.occurrences.nodes[0]!;
  };
  const until = async (
    scheduleId: string,
    isSo: (occurrence: Occurrence) => boolean | Promise<boolean>,
  ): Promise<void> => {
    const giveUpAt = performance.now() + 20_000;
    while (!(await isSo(await occurrenceOf(scheduleId)))) {
      if (performance.now() > giveUpAt) throw new Error('it never became so');
      await pause(200);
      await house.worker.runUntilIdle();
    }
  };
  /** The next registration does not arrive, and nobody can tell. */
  const loseNext = () =>
    house.control('faults', [
      {
        match: { provider: 'PORTONE', method: 'POST', path: SCHEDULE_PATH },
        fate: 'error-before',
        options: { status: 500 },
        times: 1,
      },
    ]);
  const registrationsOf = async (reference: string): Promise<number> => {
    const answer = await house.control(`requests?method=POST&reference=${reference}`);
    const requests = (await answer.json()) as { path: string }[];
    return requests.filter(({ path }) => path.endsWith('/payments/schedule')).length;
  };
  const portone = async <Response>(path: string, body?: object, token = ''): Promise<Response> => {
    const answer = await fetch(`${house.sandbox.url}/portone${path}`, {
      headers: { 'content-type': 'application/json', authorization: token },
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    });
    const { code, response } = (await answer.json()) as { code: number; response: Response };
    expect(code).toBe(0);
    return response;
  };
  const portoneToken = async (): Promise<string> => {
    const credentials = { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' };
    return (await portone<{ access_token: string }>('/users/getToken', credentials)).access_token;
  };
  const heldUnder = async (reference: string) =>
    portone<object>(`${SCHEDULE_PATH}/${reference}`, undefined, await portoneToken());
  /** A request of ours that was long on its way. */
  const arrive = async (
    reference: string,
    schedule: object,
    onKey = billingKeyId,
  ): Promise<void> => {
    const { billingKey } = await house.graphql<{ billingKey: { providerKey: string } }>(
      'query ($id: ID!) { billingKey(id: $id) { providerKey } }',
      { id: onKey },
    );
    const sent = { merchant_uid: reference, currency: 'KRW', name: 'Coffee', ...schedule };
    const body = { customer_uid: billingKey.providerKey, schedules: [sent] };
    await portone(SCHEDULE_PATH, body, await portoneToken());
  };
  const stateUnder = async (reference: string): Promise<string> =>
    ((await heldUnder(reference)) as { schedule_status: string }).schedule_status;
  const inDatabase = (sql: string, chargeIds: readonly string[]) =>
    house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(sql, [house.merchant.id, chargeIds, tx.now]),
    );
  /** As if we had been away for longer than a lease. */
  const passLeases = (chargeIds: readonly string[]) =>
    inDatabase(
      `UPDATE charges SET lease_until = $3 WHERE merchant_id = $1 AND id = ANY($2)`,
      chargeIds,
    );
  /** As if it had been asked for twice already, the first time long ago. */
  const passQuietPeriod = (chargeIds: readonly string[]) =>
    inDatabase(
      `UPDATE charges SET register_at = $3, absents = 2,
         first_absent_at = $3::timestamptz - interval '1 hour'
       WHERE merchant_id = $1 AND id = ANY($2)`,
      chargeIds,
    );
  const registrarWith = (changes: (portone: Provider) => Partial<Provider>): ScheduleRegistrar => {
    const real = dependencies.providers.get('PORTONE')!;
    const changed = Object.assign(Object.create(real) as Provider, changes(real));
    const providers = new Map(dependencies.providers).set('PORTONE', changed);
    return new ScheduleRegistrar({ ...dependencies, providers });
  };
  const serve = (registrar: ScheduleRegistrar, chargeIds: readonly string[]) =>
    registrar.serveNow(
      { merchantId: house.merchant.id, providerAccountId: house.portone.id },
      chargeIds,
    );

  it('is not sent by a batch so slow that its schedule was canceled meanwhile', async () => {
    const scheduleIds = await Promise.all(Array.from({ length: AT_ONCE + 1 }, () => create()));
    const occurrences = await Promise.all(scheduleIds.map(occurrenceOf));
    const chargeIdOf = ({ id }: Occurrence) => fromPublicId('charge', id)!;
    let underWay = 0;
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    const slow = registrarWith((real) => ({
      sendSchedule: async (access, request) => {
        underWay += 1;
        await gate;
        return real.sendSchedule(access, request);
      },
    }));
    const served = serve(slow, occurrences.map(chargeIdOf));
    while (underWay < AT_ONCE) await pause(10);
    await passLeases(occurrences.map(chargeIdOf));
    for (const id of scheduleIds) await time.mutate('cancelSchedule', { id });
    const sent = await Promise.all(scheduleIds.map(occurrenceOf));
    // The one whose turn had not come was never sent, and is canceled at once.
    const [waited, ...others] = sent.filter(({ status }) => status === 'CANCELED');
    expect(others).toEqual([]);
    goOn();
    await served;
    expect(await registrationsOf(waited!.attempts[0]!.providerReference)).toBe(0);
  }, 60_000);

  it('is not sent again by whoever lost it while asking', async () => {
    await loseNext();
    const scheduleId = await create();
    await house.worker.runUntilIdle();
    const { id, attempts } = await occurrenceOf(scheduleId);
    expect(attempts).toMatchObject([{ outcome: 'UNKNOWN' }]);
    const chargeIds = [fromPublicId('charge', id)!];
    await passQuietPeriod(chargeIds);
    const slow = registrarWith((real) => ({
      readSchedule: async (access, reference) => {
        const reading = await real.readSchedule(access, reference);
        expect(reading.kind).toBe('ABSENT');
        await passLeases(chargeIds);
        await time.mutate('cancelSchedule', { id: scheduleId });
        return reading;
      },
    }));
    await serve(slow, chargeIds);
    expect(await registrationsOf(attempts[0]!.providerReference)).toBe(1);
  });

  it('that arrives after its cancellation is taken back, whatever an older one says', async () => {
    const startAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + DAY_MS);
    const scheduleId = await create(startAt);
    await house.worker.runUntilIdle();
    await time.mutate('pauseSchedule', { id: scheduleId });
    await loseNext();
    await time.mutate('resumeSchedule', { id: scheduleId });
    await house.worker.runUntilIdle();
    const { attempts } = await occurrenceOf(scheduleId);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['NOT_SENT', 'UNKNOWN']);
    const [{ providerReference: reference }, again] = attempts as [
      Occurrence['attempts'][number],
      Occurrence['attempts'][number],
    ];
    expect(again.providerReference).toBe(reference);
    await time.mutate('cancelSchedule', { id: scheduleId });
    expect(await occurrenceOf(scheduleId)).toMatchObject({ status: 'REGISTERED' });
    await arrive(reference, { amount: 9900, schedule_at: startAt.getTime() / 1_000 });
    await until(scheduleId, ({ status }) => status === 'CANCELED');
    expect(await heldUnder(reference)).toMatchObject({ schedule_status: 'revoked' });
  });

  it('that was refused goes out at a new price under a reference of its own', async () => {
    const path = '/subscribe/payments/schedule';
    const match = { provider: 'PORTONE', method: 'POST', path };
    const fault = { match, fate: 'error-before', options: { status: 400 }, times: 1 };
    await house.control('faults', [fault]);
    const scheduleId = await create();
    await house.worker.runUntilIdle();
    const order = { amount: { amount: 12_000, currency: 'KRW' } };
    await time.mutate('updateSchedule', { id: scheduleId, order });
    await until(scheduleId, ({ attempts }) => attempts[1]?.outcome === 'PENDING');
    const { attempts } = await occurrenceOf(scheduleId);
    expect(attempts).toMatchObject([{ outcome: 'REJECTED' }, { outcome: 'PENDING' }]);
    expect(new Set(attempts.map((attempt) => attempt.providerReference)).size).toBe(2);
  });

  it('found with another amount is taken back and made anew', async () => {
    const startAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + DAY_MS);
    await loseNext();
    const scheduleId = await create(startAt);
    await house.worker.runUntilIdle();
    const { attempts } = await occurrenceOf(scheduleId);
    expect(attempts).toMatchObject([{ outcome: 'UNKNOWN' }]);
    const reference = attempts[0]!.providerReference;
    await arrive(reference, { amount: 12_000, schedule_at: startAt.getTime() / 1_000 });
    await until(scheduleId, async () => (await stateUnder(reference)) === 'revoked');
    // Ours may still be on its way: what was revoked was another.
    const { id, ...unclear } = await occurrenceOf(scheduleId);
    expect(unclear).toMatchObject({ status: 'REGISTERED', attempts: [{ outcome: 'UNKNOWN' }] });
    await passQuietPeriod([fromPublicId('charge', id)!]);
    await serve(app.get(ScheduleRegistrar, { strict: false }), [fromPublicId('charge', id)!]);
    await until(scheduleId, (occurrence) => occurrence.attempts[1]?.outcome === 'PENDING');
    expect(await heldUnder(reference)).toMatchObject({
      ...{ schedule_status: 'scheduled', amount: 9900 },
    });
  });

  describe('of a card that is dead for good', () => {
    it('is taken back, and not made again', async () => {
      const shop = await Shop.open(house);
      const [stolen, other] = [await time.key('PORTONE', 'LOST_OR_STOLEN'), billingKeyId];
      const scheduleIds = [await create(undefined, stolen), await create(undefined, stolen)];
      const untouched = await create(undefined, other);
      await house.worker.runUntilIdle();
      const before = await Promise.all([...scheduleIds, untouched].map(occurrenceOf));
      expect(before.map(({ status }) => status)).toEqual(Array(3).fill('REGISTERED'));
      const { id } = await shop.charge(stolen, shop.order());
      await house.worker.runUntilIdle();
      expect(await shop.read(id)).toMatchObject({ failureCode: 'LOST_OR_STOLEN' });
      for (const scheduleId of scheduleIds)
        expect(await occurrenceOf(scheduleId)).toMatchObject({
          ...{ status: 'SCHEDULED', attempts: [{ outcome: 'NOT_SENT' }] },
        });
      const references = before.map(({ attempts }) => attempts[0]!.providerReference);
      expect(await Promise.all(references.map(stateUnder))).toEqual([
        ...['revoked', 'revoked', 'scheduled'],
      ]);
      expect(await occurrenceOf(untouched)).toMatchObject({ status: 'REGISTERED' });
    });

    const kill = (billingKey: string) =>
      house.platform.database.withMerchant(house.merchant.id, (tx) =>
        tx.query(
          `UPDATE billing_keys SET hard_failure_code = 'LOST_OR_STOLEN', hard_failed_at = $3
           WHERE merchant_id = $1 AND id = $2`,
          [house.merchant.id, fromPublicId('billingKey', billingKey), tx.now],
        ),
      );

    it('is not sent, though it was written while the card was being declined', async () => {
      const stolen = await time.key('PORTONE');
      const scheduleId = await create(undefined, stolen);
      const { attempts } = await occurrenceOf(scheduleId);
      await kill(stolen);
      await house.worker.runUntilIdle();
      expect(await occurrenceOf(scheduleId)).toMatchObject({ status: 'SCHEDULED' });
      expect(await registrationsOf(attempts[0]!.providerReference)).toBe(0);
    });

    it('is taken back, though it was confirmed while nobody could see that', async () => {
      const stolen = await time.key('PORTONE');
      const scheduleId = await create(undefined, stolen);
      await house.worker.runUntilIdle();
      const { status, attempts } = await occurrenceOf(scheduleId);
      expect(status).toBe('REGISTERED');
      await kill(stolen);
      await hastenAll(house.platform.database);
      await house.worker.runUntilIdle();
      expect(await occurrenceOf(scheduleId)).toMatchObject({ status: 'SCHEDULED' });
      expect(await stateUnder(attempts[0]!.providerReference)).toBe('revoked');
    });

    it('is taken back, though nobody knew whether it had arrived', async () => {
      const startAt = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + DAY_MS);
      const stolen = await time.key('PORTONE');
      await loseNext();
      const scheduleId = await create(startAt, stolen);
      await house.worker.runUntilIdle();
      const { id, attempts } = await occurrenceOf(scheduleId);
      expect(attempts).toMatchObject([{ outcome: 'UNKNOWN' }]);
      await kill(stolen);
      await passQuietPeriod([fromPublicId('charge', id)!]);
      const schedule = { amount: 9900, schedule_at: startAt.getTime() / 1_000 };
      await arrive(attempts[0]!.providerReference, schedule, stolen);
      await until(scheduleId, ({ status }) => status === 'SCHEDULED');
      expect(await stateUnder(attempts[0]!.providerReference)).toBe('revoked');
    });
  });
});
