import { after, monotonicMs } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { BulkSubmission, FrozenRequest, Outcome } from '#providers/contract';
import {
  mayTransition,
  moved,
  openIncidents,
  policyOf,
  settle,
  type ChargesDependencies,
  type ServedAccount,
  type Settling,
} from '#charges';
import { hasten } from '#merchants';

import { nextPollAt } from './provider-operation.js';
import {
  leaseItems,
  rememberAcceptance,
  updateOperation,
  type OperationChange,
  type OperationItem,
} from './provider-operations.repository.js';

export interface Submittable {
  readonly id: string;
  readonly request: FrozenRequest;
  /** With this one. */
  readonly sends: number;
  readonly polls: number;
  readonly leaseToken: string;
  /** When the lease ends, by this process's own clock. */
  readonly leaseMonotonicMs: number;
}

/** What an operation's answer means for its items, and what else is true with it, in the same commit. */
interface Written {
  readonly outcomeOf?: (item: OperationItem, at: PlaceInRequest) => Outcome | undefined;
  readonly andThen?: (tx: Transaction) => Promise<void>;
}

/** Where an item stood in the request, which is where the provider's error points. */
interface PlaceInRequest {
  readonly index: number;
  readonly count: number;
}

/** After a lost answer the identical request is sent this soon, and slower each time. */
const REPLAY_SECONDS = [2, 10, 30, 120, 300, 600];

/** Sends an operation's frozen bytes, for the first time or as the identical replay that counts as asking, and writes down what it came to. */
export class OperationSubmitter {
  constructor(private readonly dependencies: ChargesDependencies) {}

  async submit(account: ServedAccount, operation: Submittable): Promise<void> {
    const isReplayed = account.provider.capabilities(account.access).replay === 'ENFORCED';
    // A sender was lost: without a provider that answers the replay, sending again could charge again.
    const { sendDeadlineSeconds } = this.dependencies.timing;
    const mayStillSend = monotonicMs() + sendDeadlineSeconds * 1_000 < operation.leaseMonotonicMs;
    const submission: BulkSubmission = !mayStillSend
      ? { kind: 'NOT_SENT', reason: 'the lease would run out before the answer' }
      : operation.sends === 1 || isReplayed
        ? await account.provider.sendBulk(account.access, operation.request)
        : { kind: 'UNKNOWN', reason: 'sent before, and a replay is not proved to be answered' };
    // A refusal of a later send proves nothing about the first.
    const isBelieved = operation.sends === 1;
    switch (submission.kind) {
      case 'ACCEPTED':
        return this.accepted(account, operation, submission);
      case 'REJECTED':
        return isBelieved
          ? this.refused(account, operation, submission)
          : this.unclear(account, operation, submission);
      case 'NOT_SENT':
        return isBelieved
          ? this.notSent(account, operation, submission)
          : this.unclear(account, operation, submission);
      case 'UNKNOWN':
        return this.unclear(account, operation, submission);
    }
  }

  private accepted(
    account: ServedAccount,
    operation: Submittable,
    { providerOperationId, answer }: Extract<BulkSubmission, { kind: 'ACCEPTED' }>,
  ): Promise<void> {
    const change: OperationChange = {
      ...operation,
      ...{ state: 'ACCEPTED', providerOperationId, answer },
      polls: 0,
      nextPollAt: nextPollAt(account.now(), 0),
    };
    return this.write(account, change, {
      outcomeOf: (item) =>
        item.charge.state === 'PROCESSING'
          ? undefined
          : { kind: 'PENDING', providerPaymentId: null },
    });
  }

  private refused(
    account: ServedAccount,
    operation: Submittable,
    rejected: Extract<BulkSubmission, { kind: 'REJECTED' }>,
  ): Promise<void> {
    const { failureCode, providerCode, providerMessage, itemIndexes, answer } = rejected;
    const named = new Set(itemIndexes);
    const change: OperationChange = { ...operation, state: 'REFUSED', nextPollAt: null, answer };
    return this.write(account, change, {
      outcomeOf: (_, { index, count }) =>
        failureCode !== 'RATE_LIMITED' && (count === 1 || named.has(index))
          ? { kind: 'REJECTED', failureCode, providerCode, providerMessage }
          : {
              kind: 'NOT_SENT',
              reason: `the operation was refused as a whole: ${providerMessage ?? failureCode}`,
              ...(rejected.retryAfterSeconds
                ? { retryAfterSeconds: rejected.retryAfterSeconds }
                : {}),
            },
    });
  }

  private notSent(
    account: ServedAccount,
    operation: Submittable,
    { answer: _, ...outcome }: Extract<BulkSubmission, { kind: 'NOT_SENT' }>,
  ): Promise<void> {
    const change: OperationChange = { ...operation, state: 'NOT_SENT', nextPollAt: null };
    return this.write(account, change, { outcomeOf: () => outcome });
  }

  /** The items keep waiting while the operation can be asked about by its replay; when it cannot, a person is asked about each. */
  private unclear(
    account: ServedAccount,
    operation: Submittable,
    submission: BulkSubmission,
  ): Promise<void> {
    const isReplayed = account.provider.capabilities(account.access).replay === 'ENFORCED';
    const seconds = REPLAY_SECONDS[operation.polls];
    const reason = 'reason' in submission ? submission.reason : submission.kind;
    if (isReplayed && seconds !== undefined)
      return this.write(account, {
        ...operation,
        state: 'UNKNOWN',
        polls: operation.polls + 1,
        nextPollAt: after(account.now(), seconds),
        answer: submission.answer,
      });
    const change: OperationChange = {
      ...operation,
      ...{ state: 'NEEDS_REVIEW', nextPollAt: null, answer: submission.answer },
    };
    return this.write(account, change, {
      outcomeOf: () => ({ kind: 'UNKNOWN', reason }),
      // In the same commit: of items that nobody asks about any more, nobody would ever hear.
      andThen: (tx) => this.askPerson(tx, account, { ...operation, reason }),
    });
  }

  /** Nobody can say more of these items: they wait for a person, under one incident. */
  private async askPerson(
    tx: Transaction,
    account: ServedAccount,
    { id, leaseToken, reason }: Submittable & { readonly reason: string },
  ): Promise<void> {
    const { merchantId } = account;
    const items = await leaseItems(tx, merchantId, { operationId: id, leaseToken });
    const unclear = items.filter(({ charge }) => mayTransition(charge.state, 'NEEDS_REVIEW'));
    await this.dependencies.settler.write(tx, {
      ...account,
      leaseToken,
      now: account.now(),
      businessNow: account.businessNow(),
      settlings: unclear.map((loaded) => ({
        loaded,
        settlement: {
          ...moved(loaded, 'NEEDS_REVIEW', 'dispatcher: bulk operation'),
          evidence: { reason },
        },
      })),
    });
    const [first] = unclear;
    const incident = { kind: 'UNCLEAR_OPERATION', detail: { operationId: id, reason } } as const;
    if (first)
      await openIncidents(tx, [{ charge: first.charge, incidents: [incident] }], { merchantId });
  }

  /** The operation and its items, all under the one lease. */
  private async write(
    account: ServedAccount,
    change: OperationChange,
    { outcomeOf, andThen }: Written = {},
  ): Promise<void> {
    const { database, settler, timing } = this.dependencies;
    const { merchantId } = account;
    await database.withMerchant(merchantId, async (tx) => {
      if (!(await updateOperation(tx, merchantId, change))) {
        const { id, providerOperationId } = change;
        if (!providerOperationId) return;
        await rememberAcceptance(tx, merchantId, { id, providerOperationId });
        await hasten(tx, [{ ...account, lane: 'POLL', at: tx.now }]);
        return;
      }
      if (change.nextPollAt)
        await hasten(tx, [{ ...account, lane: 'POLL', at: change.nextPollAt }]);
      if (!outcomeOf) return;
      const items = await leaseItems(tx, merchantId, {
        operationId: change.id,
        leaseToken: change.leaseToken,
      });
      const settlings = items.flatMap((item, index): Settling[] => {
        const outcome = outcomeOf(item, { index, count: items.length });
        if (!outcome) return [];
        const settlement = settle(item.charge, item.attempt, {
          outcome,
          now: account.now(),
          businessNow: account.businessNow(),
          policy: policyOf(item),
          looksSeconds: timing.looksSeconds,
          cause: 'dispatcher: bulk operation',
          isNegativeBelieved: true,
        });
        return [{ settlement, loaded: item }];
      });
      await settler.write(tx, {
        ...account,
        leaseToken: change.leaseToken,
        now: account.now(),
        businessNow: account.businessNow(),
        settlings,
      });
      await andThen?.(tx);
    });
  }
}
