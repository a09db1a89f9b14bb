import { Client } from 'pg';

/** Rows at once: enough to be fast, few enough that progress is seen. */
const CHUNK = 250_000;

export interface Owner {
  readonly merchantId: string;
  readonly providerAccountId: string;
  readonly billingKeyId: string;
}

/** Row-level security holds for the table's owner, too. */
const actAs = (client: Client, { merchantId }: Owner) =>
  client.query("SELECT set_config('refrain.merchant_id', $1, false)", [merchantId]);

/** Monthly schedules, spread over the four weeks from an hour ahead on, so that none is due by itself while something is measured. */
export const fillSchedules = async (
  url: string,
  owner: Owner,
  { count, onProgress }: { readonly count: number; readonly onProgress: (rows: number) => void },
): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await actAs(client, owner);
    for (let from = 1; from <= count; from += CHUNK) {
      const to = Math.min(count, from + CHUNK - 1);
      await client.query(
        `INSERT INTO schedules (merchant_id, id, provider_account_id, billing_key_id, order_id,
           order_name, amount_minor, currency, recurrence, start_at, execution, status,
           next_number, next_due_at, anchor_at, anchor_day, anchor_quarter, request_hash,
           created_at, updated_at)
         SELECT $1, gen_random_uuid(), $2, $3, 'bench-' || n, 'A month of tea', 900 + n % 100,
           'EUR', '{"every":1,"unit":"MONTH","timeZone":"Europe/Oslo"}', due.at,
           'SERVICE_DISPATCHED', 'ACTIVE', 1, due.at, due.at,
           extract(day FROM due.at AT TIME ZONE 'Europe/Oslo'),
           floor(extract(epoch FROM (due.at AT TIME ZONE 'Europe/Oslo')::time) / 900), '',
           now(), now()
         FROM generate_series($4::int, $5::int) AS n,
           LATERAL (SELECT date_trunc('second', now()) + interval '3 hours'
             + (n::float8 / $6) * interval '28 days') AS due (at)`,
        [owner.merchantId, owner.providerAccountId, owner.billingKeyId, from, to, count],
      );
      onProgress(to);
    }
    await client.query('VACUUM (ANALYZE) schedules');
  } finally {
    await client.end();
  }
};

/** So many of them, spread over the table, fall due now. */
export const makeDue = async (
  url: string,
  owner: Owner,
  { count, of, round }: { readonly count: number; readonly of: number; readonly round: number },
): Promise<void> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await actAs(client, owner);
    const step = Math.floor(of / count);
    await client.query(
      `UPDATE schedules SET next_due_at = now() WHERE merchant_id = $1 AND order_id IN (
         SELECT 'bench-' || (n * $2 + $3) FROM generate_series(0, $4 - 1) AS n)`,
      [owner.merchantId, step, 1 + (round % step), count],
    );
  } finally {
    await client.end();
  }
};
