import type { Transaction } from '#platform/database';

import type { Attempt } from './charge.js';

export const findLastAttempt = async (
  tx: Transaction,
  merchantId: string,
  chargeId: string,
): Promise<Attempt | undefined> => {
  const [attempt] = await tx.query<Attempt>(
    `SELECT id, number, kind, provider_reference AS "providerReference", sends,
       provider_payment_id AS "providerPaymentId"
     FROM attempts WHERE merchant_id = $1 AND charge_id = $2
       AND outcome IS DISTINCT FROM 'DUPLICATE_CAPTURE' ORDER BY number DESC LIMIT 1`,
    [merchantId, chargeId],
  );
  return attempt;
};
