import { newId } from '#kernel';
import type { Transaction } from '#platform/database';
import type { BulkItemReading, Outcome } from '#providers/contract';
import {
  mayTransition,
  moved,
  openAccount,
  openIncidents,
  policyOf,
  settle,
  type ChargesDependencies,
  type ServedAccount,
  type Settling,
} from '#charges';
import { hasten, serveNext } from '#merchants';
import { after, monotonicMs } from '#platform/clock';

import { closeDecidedBulks } from './close-decided-bulks.js';
import { checkItems } from './check-items.js';
import { itemsToCheck, type Checked } from './item-check.js';
import type { OperationSubmitter } from './operation.submitter.js';
import { compareSets, nextPollAt } from './provider-operation.js';
import {
  claimOperations,
  hasUndecidedItems,
  leaseItems,
  listOperationKeys,
  nextOperationPollAt,
  updateOperation,
  type ClaimedOperation,
  type OperationItem,
} from './provider-operations.repository.js';

/** Operations looked at in one serving of an account. */
const BATCH = 10;
/** Items a page; the provider names no bound, and this keeps an answer well under a megabyte. */
const PAGE = 500;
/** A bulk whose items go one by one is looked at this often, to see whether it is done. */
const OPEN_BULK_SECONDS = 1;

interface Polled {
  readonly account: ServedAccount;
  readonly operations: readonly ClaimedOperation[];
  readonly leaseToken: string;
  readonly leaseMonotonicMs: number;
}

interface Matched {
  readonly item: OperationItem;
  readonly reading: BulkItemReading;
}

type Pages =
  | { readonly kind: 'READ'; readonly items: readonly BulkItemReading[]; readonly isDone: boolean }
  | { readonly kind: 'UNREAD'; readonly retryAfterSeconds?: number };

/** Follows provider operations home, page by page, and bulk charges to their end. */
export class BulkChargePoller {
  constructor(
    private readonly dependencies: ChargesDependencies,
    private readonly submitter: OperationSubmitter,
  ) {}

  async runOnce(): Promise<boolean> {
    const { database, timing } = this.dependencies;
    const leaseToken = newId();
    const leaseMonotonicMs = monotonicMs() + timing.leaseSeconds * 1_000;
    const served = await serveNext(database, 'POLL', async (tx, agenda) => {
      const account = await openAccount(tx, this.dependencies, agenda);
      const isAnyOpen = await closeDecidedBulks(tx, account);
      const operations = await claimOperations(tx, agenda, {
        token: leaseToken,
        seconds: timing.leaseSeconds,
        limit: BATCH,
      });
      const nextOperationAt = await nextOperationPollAt(tx, agenda);
      const nextLookAt = isAnyOpen ? after(tx.now, OPEN_BULK_SECONDS) : null;
      return {
        result: { account, operations, leaseToken, leaseMonotonicMs },
        nextDueAt:
          nextOperationAt && nextLookAt
            ? nextOperationAt < nextLookAt
              ? nextOperationAt
              : nextLookAt
            : (nextOperationAt ?? nextLookAt),
        isIdle: operations.length === 0,
      };
    });
    if (!served) return false;
    const { operations } = served.result;
    await Promise.all(operations.map((operation) => this.follow(operation, served.result)));
    return true;
  }

  private async follow(operation: ClaimedOperation, polled: Polled): Promise<void> {
    const { account, leaseToken, leaseMonotonicMs } = polled;
    if (operation.state !== 'ACCEPTED')
      return this.submitter.submit(account, {
        ...operation,
        sends: operation.sends + 1, // counted when it was claimed
        ...{ leaseToken, leaseMonotonicMs },
      });
    const pages = await this.read(operation, account);
    if (pages.kind === 'READ') return this.apply(operation, polled, pages);
    const wait = pages.retryAfterSeconds;
    await this.dependencies.database.withMerchant(account.merchantId, async (tx) => {
      await this.rest(tx, operation, polled, wait);
    });
  }

  /** All pages; an answer that does not come leaves everything as it is. */
  private async read(operation: ClaimedOperation, account: ServedAccount): Promise<Pages> {
    const items: BulkItemReading[] = [];
    const { provider, access } = account;
    for (;;) {
      const page = await provider.readBulkPage(access, {
        providerOperationId: operation.providerOperationId ?? '',
        skip: items.length,
        take: PAGE,
      });
      if (page.kind !== 'FOUND')
        return {
          kind: 'UNREAD',
          ...(page.kind === 'UNAVAILABLE' && page.retryAfterSeconds
            ? { retryAfterSeconds: page.retryAfterSeconds }
            : {}),
        };
      items.push(...page.items);
      if (!page.hasMore || page.items.length === 0)
        return { kind: 'READ', items, isDone: page.isDone };
    }
  }

  /** The decided items first, each safe from the others; then the operation's own state. What comes between is read again. */
  private async apply(
    operation: ClaimedOperation,
    polled: Polled,
    { items: readings, isDone }: Extract<Pages, { kind: 'READ' }>,
  ): Promise<void> {
    const { database, settler } = this.dependencies;
    const { account, leaseToken } = polled;
    const { merchantId } = account;
    const items = await database.withMerchant(merchantId, (tx) =>
      leaseItems(tx, merchantId, { operationId: operation.id, leaseToken }),
    );
    const { matched, missing, foreign } = compareSets(items, readings);
    const checked = await this.check(operation, account, matched);
    const settlings = [
      ...matched.flatMap((one) => this.settling(one, { account, checked }) ?? []),
      ...(isDone ? missing.flatMap((item) => forPerson(item, { reason: UNNAMED }) ?? []) : []),
    ];
    await settler.settle({
      ...account,
      ...{ leaseToken, settlings },
      now: account.now(),
      businessNow: account.businessNow(),
    });
    const isOver =
      isDone &&
      matched.every(
        ({ item, reading }) =>
          reading.status !== 'PENDING' && checked.get(item.charge.id)?.kind !== 'WAIT',
      );
    const polls = settlings.length > 0 ? -1 : operation.polls;
    await database.withMerchant(merchantId, async (tx) => {
      // An item about which somebody else asked meanwhile, since a webhook came, did not take our word: as long as it is open it is followed.
      const isWhole = isOver && !(await hasUndecidedItems(tx, merchantId, operation.id));
      if (isWhole) await this.end(tx, operation, polled);
      else await this.rest(tx, { ...operation, polls }, polled);
      if (isDone && foreign.length > 0) await this.tellForeign(tx, operation, { account, foreign });
    });
  }

  /** What the page says was charged, it says without an amount. */
  private check(
    operation: ClaimedOperation,
    account: ServedAccount,
    matched: readonly Matched[],
  ): Promise<ReadonlyMap<string, Checked>> {
    const succeeded = matched.filter(
      ({ reading }) => reading.status === 'SUCCEEDED' && reading.providerPaymentId !== null,
    );
    return checkItems(account, itemsToCheck(succeeded, operation), operation.polls);
  }

  /** What the operation brought back and did not send; items decided at an earlier poll are its own all the same. */
  private async tellForeign(
    tx: Transaction,
    operation: ClaimedOperation,
    { account, foreign }: { account: ServedAccount; foreign: readonly BulkItemReading[] },
  ): Promise<void> {
    const { merchantId, providerAccountId } = account;
    const sent = await listOperationKeys(tx, merchantId, operation.id);
    const strange = foreign.filter(({ providerKey }) => !sent.has(providerKey));
    if (strange.length === 0) return;
    const { externalOperationId } = operation;
    await openIncidents(
      tx,
      [
        {
          charge: { id: null, providerAccountId },
          incidents: [{ kind: 'FOREIGN_PAYMENT', detail: { externalOperationId, strange } }],
        },
      ],
      { merchantId },
    );
  }

  private settling(
    { item, reading }: Matched,
    { account, checked }: { account: ServedAccount; checked: ReadonlyMap<string, Checked> },
  ): Settling | undefined {
    const check = checked.get(item.charge.id);
    if (reading.status === 'PENDING' || check?.kind === 'WAIT') return undefined;
    if (check?.kind === 'DIFFERS')
      return forPerson(item, { ...check, providerPaymentId: reading.providerPaymentId });
    const outcome = check?.kind === 'PROVED' ? check.outcome : outcomeOf(item, reading);
    if (!outcome) return forPerson(item, { reason: UNPROVED });
    const settlement = settle(item.charge, item.attempt, {
      outcome,
      now: account.now(),
      businessNow: account.businessNow(),
      policy: policyOf(item),
      looksSeconds: this.dependencies.timing.looksSeconds,
      cause: 'poller',
      isNegativeBelieved: true,
    });
    return { settlement, loaded: item };
  }

  private async end(
    tx: Transaction,
    operation: ClaimedOperation,
    { account, leaseToken }: Pick<Polled, 'account' | 'leaseToken'>,
  ): Promise<void> {
    await updateOperation(tx, account.merchantId, {
      ...{ id: operation.id, leaseToken, state: 'DONE', polls: operation.polls + 1 },
      nextPollAt: null,
    });
  }

  private async rest(
    tx: Transaction,
    operation: ClaimedOperation,
    { account, leaseToken }: Pick<Polled, 'account' | 'leaseToken'>,
    waitSeconds?: number,
  ): Promise<void> {
    const polls = operation.polls + 1;
    const at = waitSeconds ? after(account.now(), waitSeconds) : nextPollAt(account.now(), polls);
    await updateOperation(tx, account.merchantId, {
      ...{ id: operation.id, leaseToken, state: 'ACCEPTED', polls },
      nextPollAt: at,
    });
    await hasten(tx, [{ ...account, lane: 'POLL', at }]);
  }
}

/** A page carries no amount: the frozen request's stands. Nothing: it succeeded, and names no payment to prove it. */
const outcomeOf = (
  { charge: { amountMinor, currency } }: OperationItem,
  { status, providerPaymentId, providerChargeId, failure }: BulkItemReading,
): Outcome | undefined => {
  if (status === 'FAILED')
    return { kind: 'DECLINED', providerPaymentId, ...(failure ?? UNEXPLAINED) };
  return providerPaymentId
    ? {
        ...{ kind: 'SUCCEEDED', providerPaymentId, providerChargeId },
        captured: { amountMinor, currency },
      }
    : undefined;
};

const UNEXPLAINED = {
  failureCode: 'UNCLASSIFIED',
  providerCode: null,
  providerMessage: null,
} as const;
const UNNAMED = 'the finished operation does not name this item';
const UNPROVED = 'the operation says it succeeded, and names no payment';

/** Left to a person, once: what waits for one already is no news. */
const forPerson = (
  loaded: OperationItem,
  why: {
    readonly reason: string;
    readonly providerPaymentId?: string | null;
    readonly incidents?: Settling['settlement']['incidents'];
  },
): Settling | undefined => {
  const { state } = loaded.charge;
  if (state === 'NEEDS_REVIEW') return undefined;
  const { reason, providerPaymentId = null, incidents = [] } = why;
  const to = mayTransition(state, 'NEEDS_REVIEW') ? 'NEEDS_REVIEW' : 'UNKNOWN';
  const settlement = moved(loaded, to, 'poller');
  const evidence = { reason, ...(providerPaymentId ? { providerPaymentId } : {}) };
  return { loaded, settlement: { ...settlement, evidence, incidents } };
};
