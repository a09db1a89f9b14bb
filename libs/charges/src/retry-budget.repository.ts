import type { Transaction } from '#platform/database';

import { retryBudget, spendRetries } from './retry-budget.js';

/** What of the account may be sent again now. It stands in its agenda, which is locked from here on: all processes share it. */
export const readRetryBudget = async (tx: Transaction, accountId: string): Promise<number> => {
  const [row] = await tx.query<{ tokens: number; at: Date }>(
    `SELECT retry_tokens AS tokens, retry_tokens_at AS at FROM account_agendas
     WHERE provider_account_id = $1 AND lane = 'DISPATCH' FOR UPDATE`,
    [accountId],
  );
  return row ? retryBudget(row.tokens, (tx.now.getTime() - row.at.getTime()) / 1_000) : 0;
};

export const writeRetryBudget = async (
  tx: Transaction,
  accountId: string,
  tokens: number,
): Promise<void> => {
  await tx.query(
    `UPDATE account_agendas SET retry_tokens = $2, retry_tokens_at = $3
     WHERE provider_account_id = $1 AND lane = 'DISPATCH'`,
    [accountId, tokens, tx.now],
  );
};

/** For one that is to be sent again; what has waited long enough need not ask. */
export const takeRetry = async (
  tx: Transaction,
  accountId: string,
  { isLate }: { readonly isLate: boolean },
): Promise<boolean> => {
  const tokens = await readRetryBudget(tx, accountId);
  if (tokens < 1 && !isLate) return false;
  await writeRetryBudget(tx, accountId, spendRetries(tokens, { first: 0, again: 1 }));
  return true;
};

/** For a test clock that goes on: what waits to be sent again has the budget that would have come in the time left out. */
export const grantRetries = async (
  tx: Transaction,
  account: { readonly merchantId: string; readonly providerAccountId: string },
): Promise<void> => {
  await tx.query(
    `UPDATE account_agendas SET retry_tokens = GREATEST(retry_tokens, waiting.count), retry_tokens_at = $3
     FROM (SELECT count(*) AS count FROM charges WHERE merchant_id = $1 AND provider_account_id = $2
         AND state IN ('SCHEDULED', 'RETRY_SCHEDULED') AND (setbacks > 0 OR non_sends > 0)) waiting
     WHERE provider_account_id = $2 AND lane = 'DISPATCH' AND waiting.count > 0`,
    [account.merchantId, account.providerAccountId, tx.now],
  );
};
