// A re-creation, labelled so: the least that answers at all. Fastify and pg alone, one statement a request, and for the list the same row-level
// security context as the product's.
import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { Pool } from 'pg';
import { reportReady } from './process.js';

const MERCHANT_ID = process.env['MERCHANT_ID'] ?? '';
const pool = new Pool({ connectionString: process.env['DATABASE_URL'], max: 10 });
const app = Fastify();

app.post('/webhooks', async (request) => {
  await pool.query('INSERT INTO bare_webhooks (id, received_at, body) VALUES ($1, now(), $2)', [
    ...[randomUUID(), JSON.stringify(request.body)],
  ]);
  return {};
});

app.get('/charges', async () => {
  const client = await pool.connect();
  try {
    await client.query(
      `BEGIN; SET LOCAL ROLE refrain_app; SET LOCAL refrain.merchant_id = '${MERCHANT_ID}'`,
    );
    const { rows } = await client.query(
      `SELECT id, order_id AS "orderId", state AS status, amount_minor AS amount, currency, due_at AS "dueAt",
         created_at AS "createdAt" FROM charges WHERE merchant_id = $1 ORDER BY id DESC LIMIT 20`,
      [MERCHANT_ID],
    );
    await client.query('COMMIT');
    return rows;
  } finally {
    client.release();
  }
});

app.post<{ Body: { orderId: string; amount: number } }>('/charges', async ({ body }) => {
  const id = randomUUID();
  await pool.query(
    `INSERT INTO bare_charges (id, order_id, amount, status, created_at) VALUES ($1, $2, $3, 'SCHEDULED', now())`,
    [id, body.orderId, body.amount],
  );
  return { id, ...body };
});

await app.listen({ host: '127.0.0.1', port: Number(process.env['PORT']) });
reportReady();
