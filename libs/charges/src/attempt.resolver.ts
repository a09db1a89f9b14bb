import pLimit from 'p-limit';
import { newId } from '#kernel';
import { monotonicMs } from '#platform/clock';
import { serveNext } from '#merchants';

import { askProvider, type Named } from './ask-provider.js';
import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';
import { isDecisive } from './look.js';
import { claimLooks, nextLookAt, renewLooks, type LookedAt } from './look.repository.js';
import { policyOf } from './policy.js';
import { CLAIMS_MAX, quarantined } from './quarantine.js';
import { sendAgain } from './attempt.resender.js';
import { settleAsAnswered } from './settle-as-answered.js';
import { settle, type Settlement } from './settlement.js';
import type { Settling } from './settler.js';
import { afterLook } from './undecided-look.js';

/** A look is cheap for us and dear for the provider: at most so many charges of one account at a time. No more are claimed either: what is
 * claimed is asked about at once, so that a claim nothing came of tells of a process that died over it. */
const LOOKS_AT_ONCE = 16;
/** So many times within a lease it is made to last longer, while the provider has not answered: one such write may fail. */
const RENEWALS_PER_LEASE = 3;

interface Owner {
  readonly merchantId: string;
  readonly providerAccountId: string;
}

interface LookBatch {
  readonly account: ServedAccount;
  readonly looked: readonly LookedAt[];
  readonly leaseToken: string;
  /** When it ends, by this process's own clock. */
  readonly leaseMonotonicMs: number;
  readonly cause: string;
  readonly named: Named;
}

/** The payments the provider showed, by charge. A charge that is missing was not asked about (somebody else is asking), or got no answer. */
export type Shown = ReadonlyMap<string, readonly string[]>;

interface Looked {
  readonly settling: Settling;
  readonly shown: readonly string[] | null;
}

/** Asks the provider about what is unclear: by our own reference, at the times counted from when it became so. It never sends, but for
 * what is proved never to have arrived, or for the identical replay that a provider answers without executing again. */
export class AttemptResolver {
  constructor(private readonly dependencies: ChargesDependencies) {}

  /** Serves one account's due looks; answers whether any account was due. */
  async runOnce(): Promise<boolean> {
    const { database, timing } = this.dependencies;
    const leaseMonotonicMs = monotonicMs() + timing.leaseSeconds * 1_000;
    const served = await serveNext(database, 'RESOLVE', async (tx, agenda) => {
      const account = await openAccount(tx, this.dependencies, agenda);
      const leaseToken = newId();
      const question = {
        ...agenda,
        businessNow: account.businessNow(),
        leaseToken,
        leaseSeconds: timing.leaseSeconds,
      };
      const open = await claimLooks(tx, { ...question, limit: LOOKS_AT_ONCE });
      // What is decided already waits for what is not.
      const limit = LOOKS_AT_ONCE - open.length;
      const looked = [
        ...open,
        ...(limit > 0 ? await claimLooks(tx, { ...question, limit, isAfterDecision: true }) : []),
      ];
      return {
        result: {
          account,
          looked,
          leaseToken,
          leaseMonotonicMs,
          cause: 'resolver',
          named: new Map(),
        },
        nextDueAt: await nextLookAt(tx, agenda.merchantId, agenda.providerAccountId),
        isIdle: looked.length === 0,
      };
    });
    if (served) await this.look(served.result);
    return served !== undefined;
  }

  /** Asks about these charges now, whatever their state: a webhook or a person wants to know. One that somebody is asking about already is
   * left to them, and so is what a slow provider leaves no time for within a lease. What fails is told when the others have been asked about. */
  async askAbout(agenda: Owner, named: Named, cause: string): Promise<Shown> {
    const { leaseSeconds, sendDeadlineSeconds } = this.dependencies.timing;
    const enoughMs = monotonicMs() + (leaseSeconds - sendDeadlineSeconds) * 1_000;
    const shown = new Map<string, readonly string[]>();
    const failures: unknown[] = [];
    const all = [...named];
    for (let first = 0; first < all.length && monotonicMs() < enoughMs; first += LOOKS_AT_ONCE) {
      const some = new Map(all.slice(first, first + LOOKS_AT_ONCE));
      await this.askAboutSome(agenda, some, cause).then(
        (seen) => seen.forEach((payments, id) => shown.set(id, payments)),
        (error: unknown) => failures.push(error),
      );
    }
    if (failures.length > 0) throw failures[0];
    return shown;
  }

  private async askAboutSome(agenda: Owner, named: Named, cause: string): Promise<Shown> {
    const { database, timing } = this.dependencies;
    const leaseMonotonicMs = monotonicMs() + timing.leaseSeconds * 1_000;
    const leaseToken = newId();
    const batch = await database.withMerchant(agenda.merchantId, async (tx) => {
      const account = await openAccount(tx, this.dependencies, agenda);
      const looked = await claimLooks(tx, {
        ...agenda,
        businessNow: account.businessNow(),
        limit: named.size,
        leaseToken,
        leaseSeconds: timing.leaseSeconds,
        chargeIds: [...named.keys()],
      });
      return { account, looked, leaseToken, leaseMonotonicMs, cause, named };
    });
    return this.look(batch);
  }

  private async look(batch: LookBatch): Promise<Shown> {
    const { leaseSeconds } = this.dependencies.timing;
    const everyMs = (leaseSeconds * 1_000) / RENEWALS_PER_LEASE;
    const renewing = setInterval(() => void this.renew(batch), everyMs);
    try {
      return await this.lookAtEach(batch);
    } finally {
      clearInterval(renewing);
    }
  }

  /** A slow provider is no dead process: nobody takes over while we wait. Where it cannot be written the lease runs out, and they do. */
  private async renew({ account: { merchantId }, looked, leaseToken }: LookBatch): Promise<void> {
    const { database, timing } = this.dependencies;
    const chargeIds = looked.map(({ charge }) => charge.id);
    const { leaseSeconds } = timing;
    await database
      .withMerchant(merchantId, (tx) =>
        renewLooks(tx, { merchantId, chargeIds, leaseToken, leaseSeconds }),
      )
      .catch(() => undefined);
  }

  private async lookAtEach(batch: LookBatch): Promise<Shown> {
    const { settler, timing } = this.dependencies;
    const { account, leaseToken, leaseMonotonicMs } = batch;
    const shown = new Map<string, readonly string[]>();
    await settleAsAnswered(batch.looked, {
      limit: pLimit(LOOKS_AT_ONCE),
      groupMax: timing.settleBatch,
      make: async (looked) => {
        // What the lease no longer covers is left to the next look.
        const deadlineMs = timing.sendDeadlineSeconds * 1_000;
        if (monotonicMs() + deadlineMs >= leaseMonotonicMs) return undefined;
        if (looked.claims >= CLAIMS_MAX)
          return { loaded: looked, settlement: poison(looked, batch) };
        const answer = await this.lookAt(looked, batch);
        if (answer.shown) shown.set(looked.charge.id, answer.shown);
        return answer.settling;
      },
      settle: (settlings) =>
        settler.settle({
          ...account,
          ...{ leaseToken, settlings },
          now: account.now(),
          businessNow: account.businessNow(),
        }),
    });
    return shown;
  }

  private async lookAt(looked: LookedAt, batch: LookBatch): Promise<Looked> {
    const { account, cause } = batch;
    const { timing } = this.dependencies;
    const { charge, attempt } = looked;
    const capabilities = account.provider.capabilities(account.access);
    const { finding, shown } = await askProvider(looked, batch);
    // What was unavailable is no answer; what was found and does not fit is one.
    const isAnswered = finding.kind !== 'INCONCLUSIVE' || finding.incidents.length > 0;
    const told = isAnswered ? shown : null;
    const looksSeconds =
      attempt.kind === 'SCHEDULE' ? timing.scheduleLooksSeconds : timing.looksSeconds;
    const context = { now: account.now(), looksSeconds, cause };
    if (isDecisive(charge, finding)) {
      const settlement = settle(charge, attempt, {
        ...context,
        outcome: finding.outcome,
        businessNow: account.businessNow(),
        policy: policyOf(looked),
        isNegativeBelieved: true, // the provider's own record, not an answer to a send
      });
      const incidents = [...settlement.incidents, ...finding.incidents];
      return {
        settling: { loaded: looked, settlement: { ...settlement, incidents }, isAnswered },
        shown: told,
      };
    }
    const looking = {
      ...context,
      plannedAt: looked.plannedAt,
      quietPeriodSeconds: timing.quietPeriodSeconds,
      lookUp: capabilities.lookUp,
      replay: capabilities.replay,
    };
    const settlement = afterLook(charge, attempt, { ...looking, finding });
    const settling = settlement.resend
      ? await sendAgain(looked, { ...looking, look: settlement, owner: batch }, this.dependencies)
      : { loaded: looked, settlement, isAnswered };
    return { settling, shown: told };
  }
}

const poison = ({ charge, claims }: LookedAt, { account, cause }: LookBatch): Settlement =>
  quarantined(charge, {
    now: account.now(),
    businessNow: account.businessNow(),
    cause: `${cause}: quarantined, whoever took it came to grief`,
    detail: { claims, attempt: charge.attemptCount },
  });
