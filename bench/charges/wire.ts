import { randomBytes } from 'node:crypto';
import { Pool } from 'undici';
import type { Sandbox } from '../lab/sandbox.js';

const ACCOUNT = { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' };

/** The wire alone: each key charged once over bare undici, so many at once, nothing kept. Answers how many seconds it took. */
export const chargeOverWire = async (
  sandbox: Sandbox,
  { keys, prefix, concurrency }: { keys: readonly string[]; prefix: string; concurrency: number },
): Promise<number> => {
  const pool = new Pool(sandbox.url, { connections: concurrency, pipelining: 1 });
  const post = async (path: string, body: object, token?: string): Promise<unknown> => {
    const answer = await pool.request({
      ...{ path, method: 'POST', body: JSON.stringify(body) },
      headers: { 'content-type': 'application/json', ...(token && { authorization: token }) },
    });
    return answer.body.json();
  };
  try {
    const issued = await post('/portone/users/getToken', ACCOUNT);
    const token = (issued as { response: { access_token: string } }).response.access_token;
    let next = 0;
    const chargeOnAndOn = async (): Promise<void> => {
      for (;;) {
        const key = keys[next++];
        if (key === undefined) return;
        const answer = await post(
          '/portone/subscribe/payments/again',
          {
            ...{ customer_uid: key, merchant_uid: randomBytes(12).toString('hex'), amount: 9_900 },
            ...{ name: 'A month of tea', custom_data: JSON.stringify({ orderId: prefix + key }) },
          },
          token,
        );
        const { status } = (answer as { response: { status: string } }).response;
        if (status !== 'paid') throw new Error(`expected a payment, found ${status}`);
      }
    };
    const began = performance.now();
    await Promise.all(Array.from({ length: concurrency }, chargeOnAndOn));
    return (performance.now() - began) / 1_000;
  } finally {
    await pool.close();
  }
};
