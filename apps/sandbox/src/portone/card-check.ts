import { randomBytes } from 'node:crypto';
import type { Account } from '../core/index.js';
import { failed, MESSAGES, type Answer } from './answer.js';
import { cancelPayment } from './cancelling.js';
import { declineOf, pgText } from './declines.js';
import type { Portone } from './portone.js';
import type { KeyRow } from './rows.js';
import { isDecline } from './test-cards.js';

/** A card check charges for real and cancels at once: both are in the ledger, as they are on the card. */
export const checkCard = (
  portone: Portone,
  account: Account,
  { key, amountMinor }: { key: KeyRow; amountMinor: number },
): Answer | undefined => {
  const { fate } = key.card;
  if (isDecline(fate)) {
    return failed(`${MESSAGES.scheduleCardRefused} ${pgText(declineOf(fate))}`);
  }
  const payment = portone.charging.capturePayment({
    account,
    customerUid: key.customerUid,
    usage: 'issue',
    card: { ...key.card, fate: 'APPROVED' },
    buyer: key.customer,
    userAgent: null,
    order: {
      merchantUid: `check${randomBytes(12).toString('hex')}`,
      amountMinor,
      currency: 'KRW',
      name: null,
      buyer: null,
      customData: null,
      noticeUrl: null,
      quota: 0,
    },
  });
  cancelPayment(portone, payment, { amountMinor, reason: null });
  return undefined;
};
