import { randomBytes } from 'node:crypto';
import { Pool } from 'undici';

const SANDBOX_URL = process.env['SANDBOX_URL'] ?? '';
/** How many charges of one process are under way at once. */
export const CONCURRENCY = Number(process.env['CONCURRENCY']);

const pool = new Pool(SANDBOX_URL, { connections: CONCURRENCY, pipelining: 1 });

export interface Answer {
  readonly isPaid: boolean;
  readonly body: unknown;
}

const post = async (path: string, body: object, token?: string): Promise<Answer> => {
  const answer = await pool.request({
    ...{ path, method: 'POST', body: JSON.stringify(body) },
    headers: { 'content-type': 'application/json', ...(token && { authorization: token }) },
  });
  const read = (await answer.body.json()) as { response?: { status?: string } };
  return { isPaid: read.response?.status === 'paid', body: read };
};

let token: Promise<string> | undefined;
const readToken = async (): Promise<string> => {
  const account = { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' };
  const { body } = await post('/portone/users/getToken', account);
  return (body as { response: { access_token: string } }).response.access_token;
};

export const newReference = (): string => randomBytes(12).toString('hex');

export interface Call {
  readonly reference: string;
  readonly billingKey: string;
  readonly orderId: string;
  readonly amount: number;
}

export const requestOf = ({ reference, billingKey, orderId, amount }: Call) => ({
  ...{ customer_uid: billingKey, merchant_uid: reference, amount, name: 'A month of tea' },
  custom_data: JSON.stringify({ orderId }),
});

/** One charge of a stored card at PortOne. */
export const charge = async (call: Call): Promise<Answer> => {
  token ??= readToken();
  return post('/portone/subscribe/payments/again', requestOf(call), await token);
};
