import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { NestFactory } from '@nestjs/core';
import type { INestApplicationContext } from '@nestjs/common';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import { AttemptResolver, CHARGES_DEPENDENCIES, type ChargesDependencies } from '#charges';
import { fromPublicId } from '#kernel';
import { hastenAll } from '#merchants';
import type { Provider } from '#providers/contract';
import { startHouse, type House } from '../support/house.js';
import { Shop } from '../support/shop.js';

const AGAIN = { provider: 'PORTONE', method: 'POST', path: '/subscribe/payments/again' };
/** Leases that are over while a test looks on; looks that only come when a test wants them. */
const ENV = { LEASE_SECONDS: '3', SEND_DEADLINE_SECONDS: '1', LOOKS_SECONDS: '600,1200' };
const AT_ONCE = 16;

interface Held {
  readonly leaseToken: string;
  readonly leaseUntil: Date;
  readonly claims: number;
}

/** A worker of our own asks a provider that lets it wait; the house's worker is the rival that would take over. */
describe('a provider that answers looks slowly', () => {
  let house: House;
  let shop: Shop;
  let app: INestApplicationContext;
  let portone: Provider;
  let resolver: AttemptResolver;
  /** Unclear, by their ids inside. */
  let ids: string[];

  beforeAll(async () => {
    house = await startHouse({ worker: true, env: ENV });
    shop = await Shop.open(house);
    app = await NestFactory.createApplicationContext(WorkerModule.with(house.platform), {
      logger: ['fatal', 'error'],
    });
    const dependencies = app.get<ChargesDependencies>(CHARGES_DEPENDENCIES, { strict: false });
    portone = dependencies.providers.get('PORTONE')!;
    resolver = app.get(AttemptResolver, { strict: false });
    ids = await unclear(AT_ONCE + 2);
  }, 60_000);
  afterEach(() => void Reflect.deleteProperty(portone, 'findPayments'));
  afterAll(async () => {
    await app.close();
    await house.close();
  });

  const sql = <Row>(text: string, ...parameters: unknown[]) =>
    house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query<Row>(text, parameters),
    );
  /** Executed, and the answer lost; their first look is in ten minutes. */
  const unclear = async (count: number): Promise<string[]> => {
    const key = await shop.key('PORTONE');
    await shop.fault([
      { match: AGAIN, fate: '500-after' },
      { match: { provider: 'PORTONE' }, fate: 'webhook-dropped' },
    ]);
    const made: string[] = [];
    for (let n = 0; n < count; n += 1) made.push((await shop.charge(key, shop.order())).id);
    await house.worker.runUntilIdle();
    await shop.calm();
    return made.map((id) => fromPublicId('charge', id)!);
  };
  const held = () =>
    sql<Held>(
      `SELECT lease_token AS "leaseToken", lease_until AS "leaseUntil", claims FROM charges
       WHERE merchant_id = $1 AND id = ANY($2) AND lease_token IS NOT NULL ORDER BY id`,
      ...[house.merchant.id, ids],
    );
  /** As the adapter answers, once it is told to. */
  const answering = (when: (orderId: string) => Promise<unknown>): string[] => {
    const adapter = Object.getPrototypeOf(portone) as Provider;
    const asked: string[] = [];
    Object.assign(portone, {
      async findPayments(this: Provider, ...asking: Parameters<Provider['findPayments']>) {
        const { orderId } = asking[1].order;
        asked.push(orderId);
        await when(orderId);
        return adapter.findPayments.apply(this, asking);
      },
    });
    return asked;
  };

  it('is asked about many for a webhook, some at a time; what cannot be asked about keeps no other', async () => {
    const [row] = await sql<{ orderId: string }>(
      'SELECT order_id AS "orderId" FROM charges WHERE id = $1',
      ids[0],
    );
    await shop.fault({ match: { provider: 'PORTONE', method: 'GET' }, fate: 'lookup-down' });
    const counts: number[] = [];
    const asked = answering(async (orderId) => {
      counts.push((await held()).length);
      if (orderId === row!.orderId) throw new Error('it cannot be asked about');
    });
    const account = { merchantId: house.merchant.id, providerAccountId: house.portone.id };
    const named = new Map(ids.map((id) => [id, []]));
    await expect(resolver.askAbout(account, named, 'webhook')).rejects.toThrow('cannot be asked');
    await shop.calm();
    expect(asked).toHaveLength(ids.length);
    expect(Math.max(...counts)).toBeLessThanOrEqual(AT_ONCE);
    // Of what came to an end nobody is thought to have died.
    const claims = await sql<{ claims: number }>(
      'SELECT claims FROM charges WHERE id = ANY($1) ORDER BY claims DESC',
      ids,
    );
    expect(claims.map((one) => one.claims)).toEqual([1, ...ids.slice(1).map(() => 0)]);
  });

  it('is waited for by whoever asks: no more is claimed than is asked about, and none of it is taken over', async () => {
    await sql(
      `UPDATE charges SET next_look_at = clock_timestamp(), lease_token = NULL, lease_until = NULL, claims = 0
       WHERE merchant_id = $1 AND id = ANY($2)`,
      ...[house.merchant.id, ids],
    );
    await hastenAll(house.platform.database);
    const told = new EventEmitter();
    const telling = once(told, 'told');
    const asked = answering(() => telling);
    const looking = resolver.runOnce();
    while (asked.length < AT_ONCE) await pause(10);
    const first = await held();
    expect(first).toHaveLength(AT_ONCE);
    // The rival works all the while, past the end of the lease as it was first taken.
    const endsAt = first[0]!.leaseUntil.getTime();
    const later = await shop.until(held, () => Date.now() > endsAt + 500);
    const tokenOf = ({ leaseToken, claims }: Held) => ({ leaseToken, claims });
    expect(later.map(tokenOf)).toEqual(first.map(tokenOf));
    told.emit('told');
    await looking;
    expect(asked).toHaveLength(AT_ONCE);
    await shop.until(
      () => sql<{ state: string }>('SELECT state FROM charges WHERE id = ANY($1)', ids),
      (rows) => rows.every(({ state }) => state === 'SUCCEEDED'),
    );
    expect(await shop.differences()).toEqual([]);
  }, 60_000);
});
