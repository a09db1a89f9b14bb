// A re-creation, labelled so: graphile-worker. A tick turns what is due into jobs in one statement; the worker runs them side by side.
import { run } from 'graphile-worker';
import pg from 'pg';
import { everySecond } from './every-second.js';
import { CONCURRENCY } from './provider.js';
import { reportReady } from './process.js';
import { chargeOne, TAKE_DUE, type Due } from './set-based.js';

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 20 });
await run({
  ...{ pgPool: pool, concurrency: CONCURRENCY, pollInterval: 500, noHandleSignals: true },
  taskList: { charge: (payload) => chargeOne(pool, payload as Due) },
});
everySecond(async () => {
  const { rowCount } = await pool.query(
    `WITH due AS (${TAKE_DUE})
     SELECT graphile_worker.add_job('charge', to_json(due), job_key := due.id::text) FROM due`,
  );
  return rowCount ?? 0;
});
reportReady();
