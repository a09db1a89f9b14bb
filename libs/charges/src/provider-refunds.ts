import pLimit from 'p-limit';
import type { RefundReading } from '#providers/contract';

import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';
import { unbookedRefunds } from './provider-refund.js';
import {
  bookProviderRefunds,
  findBookedCaptures,
  type BookedCapture,
} from './provider-refunds.repository.js';

/** One account's payments are read so many at a time. */
const CONCURRENCY = 8;

type Figures = Pick<BookedCapture, 'refundedMinor' | 'reservedMinor'>;

const isUnmoved = (before: Figures, now: Figures): boolean =>
  before.refundedMinor === now.refundedMinor && before.reservedMinor === now.reservedMinor;

/** Refunds that somebody made in the provider's own console: they are booked as the provider's record shows them. */
export class ProviderRefunds {
  constructor(private readonly dependencies: ChargesDependencies) {}

  /** Asks about these captured charges; answers which of them are booked as they stand at the provider. The others wait: for an answer, or
   * for a refund that is under way. */
  async askAbout(
    agenda: { readonly merchantId: string; readonly providerAccountId: string },
    chargeIds: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const { merchantId } = agenda;
    const { account, captures } = await this.dependencies.database.withMerchant(
      merchantId,
      async (tx) => ({
        account: await openAccount(tx, this.dependencies, agenda),
        captures: await findBookedCaptures(tx, merchantId, chargeIds),
      }),
    );
    const limit = pLimit(CONCURRENCY);
    const answers = await Promise.all(
      captures.map((capture) => limit(() => this.bookOne(capture, account))),
    );
    const open = new Set(captures.filter((_, i) => !answers[i]).map(({ chargeId }) => chargeId));
    return new Set(captures.map(({ chargeId }) => chargeId).filter((id) => !open.has(id)));
  }

  private async bookOne(before: BookedCapture, account: ServedAccount): Promise<boolean> {
    if (before.reservedMinor > 0) return false;
    const { provider, access } = account;
    const reading = await provider.readRefunds(access, before.providerPaymentId);
    return reading.kind === 'FOUND' && this.book(before, reading, account);
  }

  /** A reading from before a refund of ours says nothing once that has begun: it is read again later. */
  private book(
    before: BookedCapture,
    reading: Extract<RefundReading, { kind: 'FOUND' }>,
    { merchantId, businessNow }: ServedAccount,
  ): Promise<boolean> {
    return this.dependencies.database.withMerchant(merchantId, async (tx) => {
      const captures = await findBookedCaptures(tx, merchantId, [before.chargeId]);
      const capture = captures.find(({ attemptId }) => attemptId === before.attemptId);
      if (!capture || !isUnmoved(before, capture)) return false;
      const finding = unbookedRefunds(reading, capture);
      if (finding.kind === 'WAIT') return false;
      const { refunds } = finding;
      await bookProviderRefunds(tx, merchantId, { capture, refunds, businessNow: businessNow() });
      return true;
    });
  }
}
