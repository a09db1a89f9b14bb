import { newId } from '#kernel';
import { serveNext } from '#merchants';

import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';
import { refundAnswered, refundRead, type RefundChange } from './refund.js';
import {
  claimRefunds,
  nextRefundLookAt,
  writeRefund,
  type ClaimedRefund,
} from './refunds.repository.js';

/** Refunds are rare, and each is one or two calls. */
const BATCH = 50;

/** Sends refunds, and asks about those whose answer never came. */
export class RefundSender {
  constructor(private readonly dependencies: ChargesDependencies) {}

  async runOnce(): Promise<boolean> {
    const { database, timing } = this.dependencies;
    const leaseToken = newId();
    const served = await serveNext(database, 'REFUND', async (tx, agenda) => {
      const account = await openAccount(tx, this.dependencies, agenda);
      const claimed = await claimRefunds(tx, agenda, {
        token: leaseToken,
        seconds: timing.leaseSeconds,
        limit: BATCH,
      });
      return {
        result: { account, claimed },
        nextDueAt: await nextRefundLookAt(tx, agenda),
        isIdle: claimed.length === 0,
      };
    });
    if (!served) return false;
    const { account, claimed } = served.result;
    await Promise.all(claimed.map((refund) => this.work(refund, { account, leaseToken })));
    return true;
  }

  private async work(
    refund: ClaimedRefund,
    { account, leaseToken }: { account: ServedAccount; leaseToken: string },
  ): Promise<void> {
    const change = await this.ask(refund, account);
    await this.dependencies.database.withMerchant(account.merchantId, async (tx) => {
      await writeRefund(tx, account.merchantId, {
        refund,
        change,
        leaseToken,
        businessNow: account.businessNow(),
      });
    });
  }

  private async ask(refund: ClaimedRefund, account: ServedAccount): Promise<RefundChange> {
    const { provider, access } = account;
    const context = () => ({
      now: account.now(),
      looksSeconds: this.dependencies.timing.looksSeconds,
    });
    if (refund.sends === 0)
      return refundAnswered(refund, await provider.sendRefund(access, refund.request), context());
    const reading = await provider.readRefunds(access, refund.providerPaymentId);
    const change = refundRead(refund, reading, context());
    if (!change.resend) return change;
    const outcome = await provider.sendRefund(access, refund.request);
    return refundAnswered({ ...refund, sends: refund.sends + 1 }, outcome, context());
  }
}
