import pLimit from 'p-limit';
import { newId } from '#kernel';
import { serveNext } from '#merchants';
import type { ChargeQuestion } from '#providers/contract';

import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';
import { afterLook, isDecisive, judge, type Finding } from './look.js';
import { claimLooks, nextLookAt, writeResend, type LookedAt } from './look.repository.js';
import { policyOf } from './policy.js';
import { moved, settle } from './settlement.js';
import type { Settling } from './settler.js';
import { chargeRequestOf } from './single-charge.channel.js';

/** A look is cheap for us and dear for the provider: at most so many charges of one account at a time. */
const LOOK_BATCH = 100;
const LOOK_CONCURRENCY = 16;

interface LookBatch {
  readonly account: ServedAccount;
  readonly looked: readonly LookedAt[];
  readonly leaseToken: string;
  readonly cause: string;
}

/** Asks the provider about what is unclear: by our own reference, at the times counted from when it became so. It never sends, but for
 * what is proved never to have arrived, or for the identical replay that a provider answers without executing again. */
export class AttemptResolver {
  constructor(private readonly dependencies: ChargesDependencies) {}

  /** Serves one account's due looks; answers whether any account was due. */
  async runOnce(): Promise<boolean> {
    const { database, timing } = this.dependencies;
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
        result: { account, looked, leaseToken, cause: 'resolver' },
        nextDueAt: await nextLookAt(tx, agenda.merchantId, agenda.providerAccountId),
        isIdle: looked.length === 0,
      };
    });
    if (served) await this.look(served.result);
    return served !== undefined;
  }

  /** Asks about these charges now, whatever their state: a webhook or a person wants to know. Answers how many were asked about; one that
   * somebody is asking about already is left to them. */
  async askAbout(
    agenda: { readonly merchantId: string; readonly providerAccountId: string },
    chargeIds: readonly string[],
    cause: string,
  ): Promise<number> {
    const { database, timing } = this.dependencies;
    const leaseToken = newId();
    const batch = await database.withMerchant(agenda.merchantId, async (tx) => {
      const account = await openAccount(tx, this.dependencies, agenda);
      const looked = await claimLooks(tx, {
        ...agenda,
        businessNow: account.businessNow(),
        limit: chargeIds.length,
        leaseToken,
        leaseSeconds: timing.leaseSeconds,
        chargeIds,
      });
      return { account, looked, leaseToken, cause };
    });
    await this.look(batch);
    return batch.looked.length;
  }

  private async look(batch: LookBatch): Promise<void> {
    const limit = pLimit(LOOK_CONCURRENCY);
    const settlings = await Promise.all(
      batch.looked.map((looked) => limit(() => this.lookAt(looked, batch))),
    );
    await this.dependencies.settler.settle({
      ...batch.account,
      leaseToken: batch.leaseToken,
      now: batch.account.now(),
      businessNow: batch.account.businessNow(),
      settlings,
    });
  }

  private async lookAt(looked: LookedAt, batch: LookBatch): Promise<Settling> {
    const { account, cause } = batch;
    const { timing } = this.dependencies;
    const { charge, attempt } = looked;
    const capabilities = account.provider.capabilities(account.access);
    const finding = await this.find(looked, account);
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
      return { loaded: looked, settlement: { ...settlement, incidents } };
    }
    const settlement = afterLook(charge, attempt, {
      ...context,
      finding,
      quietPeriodSeconds: timing.quietPeriodSeconds,
      lookUp: capabilities.lookUp,
      replay: capabilities.replay,
    });
    return settlement.resend
      ? this.sendAgain(looked, batch, settlement.evidence)
      : { loaded: looked, settlement };
  }

  private async find(looked: LookedAt, { provider, access }: ServedAccount): Promise<Finding> {
    const { charge, attempt, providerKey, bookedPaymentIds } = looked;
    const { providerPaymentId: knownPaymentId } = attempt;
    const question: ChargeQuestion = {
      references: looked.references,
      providerKey,
      order: chargeRequestOf(charge, attempt.providerReference, providerKey).order,
      providerPaymentIds: knownPaymentId ? [knownPaymentId] : [],
    };
    const expected = { charge, providerKey, knownPaymentId, bookedPaymentIds };
    if (attempt.kind !== 'SCHEDULE')
      return judge(await provider.findPayments(access, question), expected);
    const schedule = await provider.readSchedule(access, attempt.providerReference);
    if (schedule.kind === 'UNAVAILABLE')
      return { kind: 'INCONCLUSIVE', reason: schedule.reason, incidents: [] };
    if (schedule.kind === 'FOUND' && schedule.status === 'SCHEDULED')
      return { kind: 'INCONCLUSIVE', reason: 'the provider has not fired it yet', incidents: [] };
    const finding = judge(await provider.findPayments(access, question), expected);
    return finding.kind === 'ABSENT' && schedule.kind === 'FOUND' && schedule.status === 'REVOKED'
      ? { kind: 'REVOKED' }
      : finding;
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
      // A no to a second send proves nothing about the first, unless it is the first's own answer again. That a decline can be; a refusal
      // at the door (too many requests, bad credentials) never is.
      isNegativeBelieved: capabilities.replay === 'ENFORCED' && outcome.kind === 'DECLINED',
    });
    return { loaded: charge ? { ...looked, charge } : looked, settlement };
  }
}
