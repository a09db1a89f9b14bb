// A re-creation, labelled so: pg-boss. A tick turns what is due into jobs; as many workers as may be under way fetch and run them in batches.
import pg from 'pg';
import PgBoss from 'pg-boss';
import { everySecond } from './every-second.js';
import { CONCURRENCY } from './provider.js';
import { reportReady } from './process.js';
import { chargeOne, TAKE_DUE, type Due } from './set-based.js';

const QUEUE = 'charge';
const WORKERS = 2;
const connectionString = process.env['DATABASE_URL'] ?? '';
const pool = new pg.Pool({ connectionString, max: 20 });
const boss = new PgBoss({ connectionString, max: 10 });
boss.on('error', (error) => process.stderr.write(`${String(error)}\n`));
await boss.start();
await boss.createQueue(QUEUE);
const options = { batchSize: Math.ceil(CONCURRENCY / WORKERS), pollingIntervalSeconds: 0.5 };
for (let n = 0; n < WORKERS; n += 1)
  await boss.work<Due>(QUEUE, options, async (jobs) => {
    await Promise.all(jobs.map(({ data }) => chargeOne(pool, data)));
  });
everySecond(async () => {
  const { rows } = await pool.query<Due>(TAKE_DUE);
  if (rows.length > 0)
    await boss.insert(rows.map((data) => ({ name: QUEUE, data, singletonKey: data.id })));
  return rows.length;
});
reportReady();
