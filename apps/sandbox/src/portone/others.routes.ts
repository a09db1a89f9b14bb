import { done, failed, MESSAGES, notFound, type Answer } from './answer.js';
import { currencyIn, findTooLong, invalid, majorOf, minorOf, missing, textIn } from './fields.js';
import type { AddRoute, Call, Portone } from './portone.js';
import type { PreparedRow } from './rows.js';

/** Prepared payments (they only bind browser payments), the account's channels, and what card payments do not have. */
export const addOtherRoutes = (add: AddRoute, portone: Portone): void => {
  add('POST', '/payments/prepare', (call) => prepare(portone, call, false));
  add('PUT', '/payments/prepare', (call) => prepare(portone, call, true));
  add('GET', '/payments/prepare/:merchant_uid', ({ account, params }) => {
    const row = portone.state.findPrepared(account.key, params['merchant_uid'] ?? '');
    return row ? done(presentPrepared(row)) : notFound(MESSAGES.notPrepared);
  });
  add('GET', '/users/pg', () => {
    const { pgProvider, pgId, isSandbox } = portone.channel();
    return done([
      {
        pg_provider: pgProvider,
        pg_id: pgId,
        sandbox: isSandbox,
        type: 'api_payment',
        channel_name: 'nice-api',
        channel_key: CHANNEL_KEY,
      },
    ]);
  });
  // Points and gift balances exist on PAYCO payments alone.
  add('GET', '/payments/:imp_uid/balance', ({ account, params }) =>
    portone.state.findPayment(account.key, params['imp_uid'] ?? '')
      ? failed('PAYCO 결제건이 아닙니다.', { status: 405, code: -1 })
      : notFound(MESSAGES.noPayment),
  );
  add('GET', '/tiers/:tier_code', () => notFound('존재하지 않는 하위가맹점입니다.'));
};

const CHANNEL_KEY = 'channel-key-5a6db1c2-0000-4000-8000-000000000001';

const presentPrepared = (row: PreparedRow): Record<string, unknown> => ({
  merchant_uid: row.merchantUid,
  amount: majorOf(row.amountMinor, row.currency ?? 'KRW'),
  currency: row.currency,
});

const prepare = (portone: Portone, { account, body }: Call, isChange: boolean): Answer => {
  const problem = findTooLong(body);
  if (problem) return problem;
  const merchantUid = textIn(body, 'merchant_uid');
  if (merchantUid === undefined) return missing('merchant_uid');
  if (body['amount'] === undefined || body['amount'] === null) return missing('amount');
  const currency = currencyIn(body);
  if (currency === undefined) return invalid('currency');
  const amountMinor = minorOf(body['amount'], currency);
  if (amountMinor === undefined || amountMinor < 0) return invalid('amount');
  const known = portone.state.findPrepared(account.key, merchantUid);
  if (isChange && !known) return notFound(MESSAGES.notPrepared);
  if (!isChange && known) return failed(MESSAGES.prepared);
  const isNamed = textIn(body, 'currency') !== undefined;
  const row: PreparedRow = {
    account: account.key,
    merchantUid,
    amountMinor,
    currency: isNamed ? currency : (known?.currency ?? null),
  };
  portone.state.putPrepared(row);
  return done(presentPrepared(row));
};
