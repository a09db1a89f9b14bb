import type { Account, SandboxCore } from '../core/index.js';
import type { PaymentRow } from './rows.js';

const MINUTE_MS = 60_000;

/** A hint, unsigned, with no amount: whoever gets it has to ask. */
export const notify = (
  core: SandboxCore,
  account: Account,
  { payment, cancellationId }: { payment: PaymentRow; cancellationId?: string },
): void => {
  const url = payment.noticeUrl ?? account.webhookUrl;
  if (url === null || !URL.canParse(url) || !/^https?:/.test(url)) return;
  core.webhooks.send({
    provider: 'PORTONE',
    account: account.key,
    url,
    contentType: account.webhookContentType,
    body: {
      imp_uid: payment.impUid,
      merchant_uid: payment.merchantUid,
      status: payment.status,
      ...(cancellationId !== undefined && { cancellation_id: cancellationId }),
    },
    event: payment.status,
    reference: payment.merchantUid,
    retry: { times: account.webhookRetries, delaysMs: [MINUTE_MS] },
    settledBy: 'BELOW_500',
  });
};
