import { after, type BusinessInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { hasten, serveNext, type Agenda, type Served } from '#merchants';
import type { ListedCapture } from '#providers/contract';

import type { AttemptResolver } from './attempt.resolver.js';
import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';
import {
  addCounts,
  advanced,
  capturedAt,
  earlier,
  foreignPayment,
  isOurForm,
  isPastPatience,
  namedBy,
  NO_COUNTS,
  notShown,
  sortCaptures,
  spanOf,
  type SortedCaptures,
  type Span,
  type SweepCounts,
  type Unaccounted,
} from './reconciliation.js';
import {
  claimSweep,
  findKnownReferences,
  saveSweep,
  type SweepClaim,
} from './reconciliation.repository.js';
import { openIncidents } from './settle.repository.js';

/** Two thousand captures: some seconds of reading, then other accounts have their turn. */
const PAGES_MAX = 20;
/** A list that is down is asked for again after this long, unless the provider says when. */
const AGAIN_SECONDS = 60;

interface Sweep {
  readonly account: ServedAccount;
  readonly claim: Extract<SweepClaim, { kind: 'TAKEN' }>;
}

interface Swept {
  readonly lastAt: BusinessInstant | null;
  readonly openFrom: BusinessInstant | null;
  readonly counts: SweepCounts;
}

type SweepEnd = Swept & { readonly isWhole: boolean; readonly unreadSeconds?: number };

const NOTHING_SWEPT: Swept = { lastAt: null, openFrom: null, counts: NO_COUNTS };

/** Compares what a provider says it captured with what is in the books, set by set: a second capture that nobody waits for, a late one whose
 * webhook was lost, a payment that a restored database knows nothing of. It books nothing itself: it asks, through the same door as all. */
export class Reconciler {
  constructor(
    private readonly dependencies: ChargesDependencies,
    private readonly resolver: AttemptResolver,
  ) {}

  /** Serves one account; answers whether any was due. */
  async runOnce(): Promise<boolean> {
    const { database } = this.dependencies;
    const served = await serveNext(database, 'RECONCILE', (tx, agenda) => this.claim(tx, agenda));
    if (served?.result) await this.sweep(served.result);
    return served !== undefined;
  }

  private async claim(tx: Transaction, agenda: Agenda): Promise<Served<Sweep | undefined>> {
    const account = await openAccount(tx, this.dependencies, agenda);
    if (!account.provider.capabilities(account.access).captureList)
      return { result: undefined, nextDueAt: null };
    const claim = await claimSweep(tx, agenda, this.dependencies.timing.reconcileSeconds);
    const result = claim.kind === 'TAKEN' ? { account, claim } : undefined;
    return { result, nextDueAt: claim.nextSweepAt };
  }

  private async sweep({ account, claim }: Sweep): Promise<void> {
    const { reconciliation: before } = claim;
    const span = spanOf(before, account.businessNow());
    const { isWhole, unreadSeconds, ...swept } = await this.read(account, span);
    const { counts } = swept;
    const reconciliation = {
      ...advanced(before, span, { ...swept, isWhole }),
      counts: before.sweepingTo ? addCounts(before.counts, counts) : counts,
    };
    // What is open is read again in its time; else there is more of it, or of a clock that was moved by months.
    const { reconcileSeconds } = this.dependencies.timing;
    const isHeldBack = reconciliation.sweptUntil < span.to;
    const isUpToDate = after(span.to, reconcileSeconds) >= account.businessNow();
    const isOver = isWhole && (isHeldBack || isUpToDate);
    const nextSweepAt = isOver ? claim.nextSweepAt : after(account.now(), unreadSeconds ?? 0);
    await this.dependencies.database.withMerchant(account.merchantId, async (tx) => {
      await saveSweep(tx, account, { ...claim, reconciliation, nextSweepAt });
      await hasten(tx, [{ ...account, lane: 'RECONCILE', at: nextSweepAt }]);
    });
  }

  /** Page by page, each accounted for before the next. A second with more captures than a serving reads is read to its end. */
  private async read(account: ServedAccount, { from, to }: Span): Promise<SweepEnd> {
    const { access, provider } = account;
    const [fromSeconds, toSeconds] = [secondsOf(from), secondsOf(to)];
    let swept = NOTHING_SWEPT;
    for (let page = 1; ; page += 1) {
      const list = await provider.listCaptures(access, { fromSeconds, toSeconds, page });
      if (list.kind !== 'FOUND') {
        const asked = list.kind === 'UNAVAILABLE' ? list.retryAfterSeconds : undefined;
        return { ...swept, isWhole: false, unreadSeconds: asked ?? AGAIN_SECONDS };
      }
      swept = await this.account(account, list.captures, swept);
      if (!list.hasMore) return { ...swept, isWhole: true };
      const hasMoved = swept.lastAt !== null && secondsOf(swept.lastAt) > fromSeconds;
      if (page >= PAGES_MAX && hasMoved) return { ...swept, isWhole: false };
    }
  }

  private async account(
    account: ServedAccount,
    captures: readonly ListedCapture[],
    before: Swept,
  ): Promise<Swept> {
    const { database } = this.dependencies;
    const references = captures.filter(isOurForm).map(({ reference }) => reference);
    const known = await database.withMerchant(account.merchantId, (tx) =>
      findKnownReferences(tx, account, references),
    );
    const sorted = sortCaptures(captures, known);
    const unaccounted = await this.ask(account, sorted);
    const businessNow = account.businessNow();
    const told = unaccounted.filter(({ capture }) => isPastPatience(capture, businessNow));
    await this.tell(account, sorted.foreign, told);
    const left = [
      ...sorted.held,
      ...unaccounted.filter((one) => !told.includes(one)).map(({ capture }) => capture),
    ];
    const last = captures.at(-1);
    return {
      lastAt: last ? capturedAt(last) : before.lastAt,
      openFrom: left.map(capturedAt).reduce(earlier, before.openFrom),
      counts: addCounts(before.counts, {
        ...{ read: captures.length, notOurs: sorted.notOurs, asked: sorted.toAsk.size },
        ...{ foreign: sorted.foreign.length, left: left.length },
      }),
    };
  }

  private async ask(account: ServedAccount, sorted: SortedCaptures): Promise<Unaccounted[]> {
    if (sorted.toAsk.size === 0) return [];
    const { merchantId, providerAccountId } = account;
    const agenda = { merchantId, providerAccountId };
    return notShown(sorted, await this.resolver.askAbout(agenda, namedBy(sorted), 'reconciler'));
  }

  private async tell(
    account: ServedAccount,
    foreign: readonly ListedCapture[],
    unaccounted: readonly Unaccounted[],
  ): Promise<void> {
    const { merchantId, providerAccountId } = account;
    const told = [...foreign.map((capture) => ({ chargeId: null, capture })), ...unaccounted].map(
      ({ chargeId, capture }) => ({
        charge: { id: chargeId, providerAccountId },
        incidents: [foreignPayment(capture)],
      }),
    );
    if (told.length === 0) return;
    await this.dependencies.database.withMerchant(merchantId, (tx) =>
      openIncidents(tx, told, { merchantId }),
    );
  }
}

const secondsOf = (at: BusinessInstant): number => Math.floor(at.getTime() / 1_000);
