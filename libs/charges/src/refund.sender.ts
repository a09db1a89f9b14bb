import { newId, toPublicId } from '#kernel';
import type { MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { FrozenRequest } from '#providers/contract';
import { serveNext } from '#merchants';

import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';
import { throughTrouble } from './passing-trouble.js';
import { refundAnswered, refundRead, type RefundChange } from './refund.js';
import { writeRefund } from './refund-settle.repository.js';
import {
  claimRefunds,
  countRefundSend,
  freezeRefund,
  nextRefundLookAt,
  type ClaimedRefund,
} from './refunds.repository.js';
import { openIncidents } from './settle.repository.js';

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
      const described = await freezeAll(tx, account, claimed);
      return {
        result: { account, claimed: described },
        nextDueAt: await nextRefundLookAt(tx, agenda),
        isIdle: claimed.length === 0,
      };
    });
    if (!served) return false;
    const { account, claimed } = served.result;
    await Promise.all(claimed.map((refund) => this.work(refund, { account, leaseToken })));
    return true;
  }

  private async work(refund: Described, serving: Serving): Promise<void> {
    const { account, leaseToken } = serving;
    const change = await this.ask(refund, serving);
    if (!change) return;
    const { database } = this.dependencies;
    const write = async (tx: Transaction): Promise<void> => {
      const isWritten = await writeRefund(tx, account.merchantId, {
        ...{ refund, change, leaseToken },
        businessNow: account.businessNow(),
      });
      if (isWritten && change.isStuck && !refund.isInReview)
        await openIncidents(tx, [stuck(refund, tx.now)], account);
    };
    // That it was taken in must not be forgotten.
    await throughTrouble(() => database.withMerchant(account.merchantId, write));
  }

  /** Absent: another worker holds it by now. */
  private async ask(refund: Described, serving: Serving): Promise<RefundChange | undefined> {
    const { account } = serving;
    if (refund.sends === 0)
      return this.send({ ...refund, sends: 1, sentAt: account.now() }, account);
    const change = await this.read(refund, account);
    if (!change.resend) return change;
    const counted = await this.countSend(refund, serving);
    return counted && this.send({ ...refund, ...counted }, account);
  }

  private countSend({ id }: Described, { account, leaseToken }: Serving) {
    const { database, timing } = this.dependencies;
    const lease = { token: leaseToken, seconds: timing.leaseSeconds };
    return database.withMerchant(account.merchantId, (tx) =>
      countRefundSend(tx, account.merchantId, { id, lease }),
    );
  }

  /** What the provider only took in is asked about at once: most refunds are done by then. */
  private async send(sent: Described, account: ServedAccount): Promise<RefundChange> {
    const outcome = await account.provider.sendRefund(account.access, sent.request);
    const change = refundAnswered(sent, outcome, this.context(account));
    const { providerRefundId, acceptedAt } = change;
    return outcome.kind === 'PENDING' && providerRefundId
      ? this.read({ ...sent, status: 'PENDING', providerRefundId, acceptedAt }, account)
      : change;
  }

  private async read(refund: ClaimedRefund, account: ServedAccount): Promise<RefundChange> {
    const { provider, access } = account;
    const { quietPeriodSeconds } = this.dependencies.timing;
    const reading = await provider.readRefunds(access, refund.providerPaymentId);
    const isRepeatable = provider.capabilities(access).repeatableRefund;
    return refundRead(refund, reading, {
      ...this.context(account),
      ...{ quietPeriodSeconds, isRepeatable },
    });
  }

  private context(account: ServedAccount) {
    return { now: account.now(), looksSeconds: this.dependencies.timing.looksSeconds };
  }
}

interface Serving {
  readonly account: ServedAccount;
  readonly leaseToken: string;
}

type Described = ClaimedRefund & { readonly request: FrozenRequest };

/** What the account's policy pays back was asked for by a row alone: its bytes are made and kept here, in the claim, before the wire. */
const freezeAll = async (
  tx: Transaction,
  account: ServedAccount,
  claimed: readonly ClaimedRefund[],
): Promise<Described[]> => {
  const described: Described[] = [];
  for (const refund of claimed) {
    const request = refund.request ?? describe(refund, account);
    if (!refund.request) await freezeRefund(tx, account.merchantId, { id: refund.id, request });
    described.push({ ...refund, request });
  }
  return described;
};

const describe = (refund: ClaimedRefund, { access, provider }: ServedAccount): FrozenRequest => {
  const { id, amountMinor, currency, orderId, orderName: name } = refund;
  const amount = { amountMinor, currency };
  return provider.describeRefund(access, {
    ...{ ...refund, amount, reference: id.replaceAll('-', '') },
    order: { orderId, name, amount, items: [] },
  });
};

/** Told once each time a person is asked: the refund stays UNKNOWN, its amount reserved, and is looked at on. */
const stuck = (
  { id, chargeId, providerAccountId, amountMinor, sends }: ClaimedRefund,
  now: MachineInstant,
) => ({
  charge: { id: chargeId, providerAccountId },
  incidents: [
    {
      kind: 'QUARANTINED' as const,
      detail: {
        ...{ refundId: toPublicId('refund', id), amountMinor, sends, since: now.toISOString() },
        reason: 'a refund that cannot be seen, and not be sent again safely: resolve it',
      },
    },
  ],
});
