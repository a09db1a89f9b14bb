import { newId } from '#kernel';
import { monotonicMs } from '#platform/clock';
import { serveNext } from '#merchants';
import type { ChargeQuestion, ProviderPayment, Reading } from '#providers/contract';

import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';
import {
  afterLook,
  isDecisive,
  isFirstAnswerAgain,
  judge,
  ofThisCharge,
  type Finding,
} from './look.js';
import { claimLooks, nextLookAt, writeResend, type LookedAt } from './look.repository.js';
import { policyOf } from './policy.js';
import { settleAsAnswered } from './settle-as-answered.js';
import { moved, settle } from './settlement.js';
import type { Settling } from './settler.js';
import { chargeRequestOf } from './charge-request.js';

/** A look is cheap for us and dear for the provider: at most so many charges of one account at a time. */
const LOOK_BATCH = 100;
const LOOK_CONCURRENCY = 16;

interface LookBatch {
  readonly account: ServedAccount;
  readonly looked: readonly LookedAt[];
  readonly leaseToken: string;
  /** When it ends, by this process's own clock. */
  readonly leaseMonotonicMs: number;
  readonly cause: string;
  readonly named: Named;
}

/** Charges, each with the payments that somebody says are its: read too, and believed only as the provider shows them. */
export type Named = ReadonlyMap<string, readonly string[]>;
/** The payments the provider showed, by charge. A charge that is missing was not asked about (somebody else is asking), or got no answer. */
export type Shown = ReadonlyMap<string, readonly string[]>;

interface Found {
  readonly finding: Finding;
  readonly shown: readonly string[];
}

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
      const looked = await claimLooks(tx, {
        ...agenda,
        businessNow: account.businessNow(),
        limit: LOOK_BATCH,
        leaseToken,
        leaseSeconds: timing.leaseSeconds,
      });
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
   * left to them. */
  async askAbout(
    agenda: { readonly merchantId: string; readonly providerAccountId: string },
    named: Named,
    cause: string,
  ): Promise<Shown> {
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
    const { settler, timing } = this.dependencies;
    const { account, leaseToken, leaseMonotonicMs } = batch;
    const shown = new Map<string, readonly string[]>();
    await settleAsAnswered(batch.looked, {
      concurrency: LOOK_CONCURRENCY,
      groupMax: timing.settleBatch,
      make: async (looked) => {
        // What the lease no longer covers is left to the next look.
        const deadlineMs = timing.sendDeadlineSeconds * 1_000;
        if (monotonicMs() + deadlineMs >= leaseMonotonicMs) return undefined;
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
    const { finding, shown } = await this.find(looked, batch);
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
        settling: { loaded: looked, settlement: { ...settlement, incidents } },
        shown: told,
      };
    }
    const settlement = afterLook(charge, attempt, {
      ...context,
      finding,
      quietPeriodSeconds: timing.quietPeriodSeconds,
      lookUp: capabilities.lookUp,
      replay: capabilities.replay,
    });
    const settling = settlement.resend
      ? await this.sendAgain(looked, batch, settlement.evidence)
      : { loaded: looked, settlement };
    return { settling, shown: told };
  }

  private async find(looked: LookedAt, { account, named }: LookBatch): Promise<Found> {
    const { provider, access } = account;
    const { charge, attempt, providerKey, bookedPaymentIds, references } = looked;
    const { providerPaymentId: knownPaymentId } = attempt;
    const question: ChargeQuestion = {
      references,
      providerKey,
      order: chargeRequestOf(charge, attempt.providerReference, providerKey).order,
      // Those of earlier attempts too: one that failed may be paid by now, and not every provider finds it by reference.
      providerPaymentIds: idsOf(knownPaymentId, [
        ...bookedPaymentIds,
        ...(named.get(charge.id) ?? []),
      ]),
    };
    const expected = { charge, providerKey, knownPaymentId, bookedPaymentIds };
    const attemptPaymentIds = idsOf(knownPaymentId, bookedPaymentIds);
    const ask = async (): Promise<Found> => {
      const found = await provider.findPayments(access, question);
      const reading = ofThisCharge(found, { references, attemptPaymentIds });
      return { finding: judge(reading, expected), shown: shownIn(reading) };
    };
    if (attempt.kind !== 'SCHEDULE') return ask();
    const schedule = await provider.readSchedule(access, attempt.providerReference);
    if (schedule.kind === 'UNAVAILABLE') return inconclusive(schedule.reason);
    if (schedule.kind === 'FOUND' && schedule.status === 'SCHEDULED')
      return inconclusive('the provider has not fired it yet');
    const { finding, shown } = await ask();
    const isRevoked = schedule.kind === 'FOUND' && schedule.status === 'REVOKED';
    return finding.kind === 'ABSENT' && isRevoked && attempt.isRegistered
      ? { finding: { kind: 'REVOKED' }, shown }
      : { finding, shown };
  }

  private async sendAgain(
    looked: LookedAt,
    { account, leaseToken }: LookBatch,
    evidence: Readonly<Record<string, unknown>>,
  ): Promise<Settling> {
    const { database, settler, timing } = this.dependencies;
    const { request } = looked.attempt;
    const capabilities = account.provider.capabilities(account.access);
    const charge =
      request &&
      (await database.withMerchant(account.merchantId, async (tx) => {
        const businessNow = account.businessNow();
        const { merchantId } = account;
        const { leaseSeconds } = timing;
        const context = { merchantId, leaseToken, leaseSeconds, businessNow, evidence };
        const held = await writeResend(tx, looked, context);
        const settlement = moved(looked, 'SUBMITTING', 'resolver');
        const batch = { ...account, leaseToken, businessNow, now: account.now() };
        if (held)
          await settler.contribute(tx, { ...batch, settlings: [{ loaded: looked, settlement }] });
        return held;
      }));
    const attempt = { ...looked.attempt, sends: looked.attempt.sends + 1 };
    const outcome = charge
      ? await account.provider.sendCharge(account.access, request)
      : ({ kind: 'UNKNOWN', reason: 'another owner took over before it was sent again' } as const);
    const settlement = settle(charge ?? looked.charge, attempt, {
      outcome,
      now: account.now(),
      businessNow: account.businessNow(),
      policy: policyOf(looked),
      looksSeconds: timing.looksSeconds,
      cause: 'resolver: sent again',
      isNegativeBelieved: isFirstAnswerAgain(capabilities.replay, outcome),
    });
    return { loaded: charge ? { ...looked, charge } : looked, settlement };
  }
}

const idsOf = (known: string | null, others: readonly string[] = []): string[] => [
  ...new Set([...(known === null ? [] : [known]), ...others]),
];

const shownIn = (reading: Reading<{ readonly payments: readonly ProviderPayment[] }>): string[] =>
  reading.kind === 'FOUND' ? reading.payments.map((payment) => payment.providerPaymentId) : [];

const inconclusive = (reason: string): Found => ({
  finding: { kind: 'INCONCLUSIVE', reason, incidents: [] },
  shown: [],
});
