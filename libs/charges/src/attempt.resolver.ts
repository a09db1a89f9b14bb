import pLimit from 'p-limit';
import { newId } from '#kernel';
import { monotonicMs } from '#platform/clock';
import { serveNext } from '#merchants';

import { askProvider, type Named } from './ask-provider.js';
import type { Charge } from './charge.js';
import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';
import { isDecisive, isFirstAnswerAgain } from './look.js';
import {
  claimLooks,
  nextLookAt,
  renewLooks,
  writeResend,
  type LookedAt,
} from './look.repository.js';
import { policyOf } from './policy.js';
import { CLAIMS_MAX, quarantined } from './quarantine.js';
import type { Obstacle } from './refusal.js';
import { resendBarrier, resendObstacle, type ResendBarrier } from './resend.repository.js';
import { settleAsAnswered } from './settle-as-answered.js';
import { moved, settle, type Settlement } from './settlement.js';
import type { Settling } from './settler.js';
import { afterLook, type LookContext } from './undecided-look.js';
import { notSentAgain } from './withdrawal.js';

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
      ? await this.sendAgain(looked, batch, { ...looking, look: settlement })
      : { loaded: looked, settlement, isAnswered };
    return { settling, shown: told };
  }

  private async sendAgain(
    looked: LookedAt,
    batch: LookBatch,
    { look, ...looking }: LookContext & { readonly look: Settlement },
  ): Promise<Settling> {
    const { timing } = this.dependencies;
    const { account } = batch;
    const { request } = looked.attempt;
    const leaseMonotonicMs = monotonicMs() + timing.leaseSeconds * 1_000;
    const intent = request && (await this.intendResend(looked, batch, look.evidence));
    if (intent && 'reason' in intent)
      return { loaded: looked, settlement: waitingToResend(looked, look, intent) };
    if (intent && 'why' in intent) {
      const context = { ...looking, businessNow: account.businessNow(), obstacle: intent.why };
      return { loaded: looked, settlement: notSentAgain(looked.charge, looked.attempt, context) };
    }
    const charge = intent;
    const attempt = { ...looked.attempt, sends: looked.attempt.sends + 1 };
    // As for a first send: whoever takes over asks, and must not be overtaken by us.
    const mayStillSend = monotonicMs() + timing.sendDeadlineSeconds * 1_000 < leaseMonotonicMs;
    const outcome =
      charge && mayStillSend
        ? await account.provider.sendCharge(account.access, request)
        : ({ kind: 'UNKNOWN', reason: 'the lease was over before it was sent again' } as const);
    const settlement = settle(charge ?? looked.charge, attempt, {
      outcome,
      now: account.now(),
      businessNow: account.businessNow(),
      policy: policyOf(looked),
      looksSeconds: timing.looksSeconds,
      cause: 'resolver: sent again',
      isNegativeBelieved: isFirstAnswerAgain(looking.replay, outcome),
    });
    return { loaded: { ...looked, attempt, ...(charge ? { charge } : {}) }, settlement };
  }

  /** The charge as it goes out again; nothing when another owner has it by now. */
  private intendResend(
    looked: LookedAt,
    { account, leaseToken }: LookBatch,
    evidence: Readonly<Record<string, unknown>>,
  ): Promise<Charge | Obstacle | ResendBarrier | undefined> {
    const { dependencies } = this;
    const { database, settler, timing } = dependencies;
    return database.withMerchant(account.merchantId, async (tx) => {
      const owner = { merchantId: account.merchantId, leaseToken };
      const obstacle = await resendObstacle(tx, looked.charge, owner);
      if (obstacle) return obstacle;
      const barrier = await resendBarrier(tx, looked.charge, { account, dependencies });
      if (barrier) return barrier;
      const businessNow = account.businessNow();
      const { leaseSeconds } = timing;
      const context = { ...owner, leaseSeconds, businessNow, evidence };
      const held = await writeResend(tx, looked, context);
      const settlement = moved(looked, 'SUBMITTING', 'resolver');
      const batch = { ...account, leaseToken, businessNow, now: account.now() };
      if (held)
        await settler.contribute(tx, { ...batch, settlings: [{ loaded: looked, settlement }] });
      return held;
    });
  }
}

/** The proof stands and the look is booked; one that is soon tried again has used up no look. */
const waitingToResend = (
  { charge }: LookedAt,
  look: Settlement,
  { reason, nextLookAt }: ResendBarrier,
): Settlement => ({
  ...look,
  evidence: { ...look.evidence, notSentAgain: reason },
  ...(nextLookAt ? { nextLookAt, looks: charge.looks } : {}),
});

const poison = ({ charge, claims }: LookedAt, { account, cause }: LookBatch): Settlement =>
  quarantined(charge, {
    now: account.now(),
    businessNow: account.businessNow(),
    cause: `${cause}: quarantined, whoever took it came to grief`,
    detail: { claims, attempt: charge.attemptCount },
  });
