import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '#platform/embedded-postgres';
import { Shop } from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';

const silent = (): void => undefined;

/**
 * A PostgreSQL of its own that writes to the disk as in production. It writes its log to the disk
 * by itself only every ten seconds, so that what no commit waited for is surely lost when it dies.
 */
describe('what was acknowledged', () => {
  let dataDir: string;
  let postgres: EmbeddedPostgres;
  let house: House;
  let shop: Shop;
  const given = process.env['TEST_DATABASE_URL'];

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'refrain-durable-'));
    await chmod(dataDir, 0o711);
    postgres = await startEmbeddedPostgres({ dataDir, log: silent });
    await asSuperuser("ALTER SYSTEM SET wal_writer_delay = '10s'", 'SELECT pg_reload_conf()');
    process.env['TEST_DATABASE_URL'] = postgres.url;
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
  }, 120_000);
  afterAll(async () => {
    await house.close();
    await postgres.stop();
    if (given === undefined) delete process.env['TEST_DATABASE_URL'];
    else process.env['TEST_DATABASE_URL'] = given;
    await rm(dataDir, { recursive: true, force: true });
  });

  const asSuperuser = async (...statements: readonly string[]): Promise<void> => {
    const kept = await readFile(join(dataDir, 'postgres-credentials'), 'utf8');
    const { superuserPassword } = JSON.parse(kept) as { superuserPassword: string };
    const url = new URL(postgres.url);
    Object.assign(url, {
      username: 'postgres',
      password: superuserPassword,
      pathname: '/postgres',
    });
    const client = new Client({ connectionString: url.toString() });
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  };
  const kill = async (): Promise<void> => {
    const location = await readFile(join(dataDir, 'postgres-location'), 'utf8').catch(() => '');
    const folder = join(location.trim() || dataDir, 'postgres');
    const [pid] = (await readFile(join(folder, 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), 'SIGKILL');
    while (await postgres.isRunning()) await pause(10);
  };

  it('is there after PostgreSQL was killed in the moment it was acknowledged (rows 18 and 19)', async () => {
    const key = await shop.key('PORTONE');
    // All that came before is on the disk; the last word is the one that counts.
    await asSuperuser('CHECKPOINT');
    const { id, orderId } = await shop.charge(key, shop.order());
    await kill();
    postgres = await startEmbeddedPostgres({ dataDir, log: silent });
    // Nobody restarts anything but the database: the pools find their way back.
    const charge = await shop.readOrder(orderId);
    expect(charge).toMatchObject({ id, status: 'SCHEDULED' });
    await shop.untilCharge(id, 'SUCCEEDED');
    expect(await shop.capturesOf(orderId)).toHaveLength(1);
  }, 60_000);
});
