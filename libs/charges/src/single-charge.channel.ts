import { createHash } from 'node:crypto';

import { newId } from '#kernel';
import { after, monotonicMs } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { FrozenRequest, Outcome } from '#providers/contract';

import { admit } from './admission.js';
import type { Attempt, Charge } from './charge.js';
import { chargeRequestOf } from './charge-request.js';
import { askAboutEarlier } from './earlier-attempts.js';
import { lockDueCharges, writeIntents, type Intent } from './claim.repository.js';
import { type Loaded } from './loaded.repository.js';
import type { ChargesDependencies, ServedAccount } from './dependencies.js';
import type { Allowance, Claim, DispatchChannel } from './due-charge.dispatcher.js';
import { policyOf } from './policy.js';
import { providerReference } from './provider-reference.js';
import { describeEach } from './refusal.js';
import { SendGate } from './send-gate.js';
import { settleAsAnswered } from './settle-as-answered.js';
import { settle } from './settlement.js';
import type { Settling } from './settler.js';
import { withdrawn } from './withdrawal.js';

interface Sendable extends Intent {
  /** The charge after the intent: what settling starts from. */
  readonly submitting: Charge;
  readonly loaded: Loaded;
  readonly frozen: FrozenRequest;
}

/** One claim, while it is sent. */
interface Sending {
  readonly account: ServedAccount;
  readonly token: string;
  readonly leaseMonotonicMs: number;
  readonly gate: SendGate;
}

/** Charges one at a time, many at once. */
export class SingleChargeChannel implements DispatchChannel {
  constructor(private readonly dependencies: ChargesDependencies) {}

  async claim(
    tx: Transaction,
    account: ServedAccount,
    allowance: Allowance,
  ): Promise<Claim | undefined> {
    const { timing, settler, brakes } = this.dependencies;
    const isBulkNative = account.provider.capabilities(account.access).nativeBulk;
    const due = await lockDueCharges(tx, {
      ...account,
      ...allowance,
      businessNow: account.businessNow(),
      lateBefore: after(account.businessNow(), -timing.retryWaitSeconds),
      limit: Math.min(
        ...[timing.settleBatch, brakes.claimAtOnce(account.providerAccountId)],
        ...[allowance.calls, allowance.charges],
      ),
      origins: isBulkNative ? ['REQUEST', 'SCHEDULE'] : ['REQUEST', 'SCHEDULE', 'BULK'],
    });
    if (due.length === 0) return undefined;
    const admitted = await admit(tx, due, { account, settler });
    const sendables = await describeEach(tx, admitted, {
      ...{ account, settler },
      describe: (loaded) => sendableOf(loaded, account),
    });
    const token = newId();
    const until = after(tx.now, timing.leaseSeconds);
    await writeIntents(tx, sendables, {
      merchantId: account.merchantId,
      lease: { token, until },
      businessNow: account.businessNow(),
      cause: 'dispatcher: due',
    });
    const { leaseMonotonicMs } = allowance;
    return {
      calls: sendables.length,
      sends: countSends(sendables),
      send: () =>
        this.send(sendables, {
          ...{ account, token, leaseMonotonicMs },
          gate: new SendGate(this.dependencies, account, allowance),
        }),
    };
  }

  private async send(sendables: readonly Sendable[], claim: Sending): Promise<void> {
    const { settler, timing, brakes } = this.dependencies;
    const { account, token: leaseToken } = claim;
    await settleAsAnswered(sendables, {
      limit: brakes.limitOf(account.providerAccountId),
      groupMax: timing.settleBatch,
      make: (sendable) => this.sendOne(sendable, claim),
      settle: (settlings) =>
        settler.settle({
          ...account,
          ...{ leaseToken, settlings },
          now: account.now(),
          businessNow: account.businessNow(),
        }),
    });
  }

  private async sendOne(
    { submitting, attempt, frozen, loaded }: Sendable,
    { account, leaseMonotonicMs, gate }: Sending,
  ): Promise<Settling> {
    const { timing } = this.dependencies;
    // The lease must outlast the call: whoever takes over asks, and must not be overtaken by our late send.
    const mayStillCall = () =>
      monotonicMs() + timing.sendDeadlineSeconds * 1_000 < leaseMonotonicMs;
    const forestalled =
      loaded.earlier && mayStillCall()
        ? await askAboutEarlier(loaded, loaded.earlier, account)
        : undefined;
    const barrier = forestalled ? undefined : await gate.barrier(submitting.scheduleId);
    if (barrier) return { loaded, settlement: withdrawn(submitting, attempt, barrier) };
    const outcome: Outcome =
      forestalled?.outcome ??
      (mayStillCall()
        ? await account.provider.sendCharge(account.access, frozen)
        : { kind: 'NOT_SENT', reason: 'the lease would run out before the answer' });
    const settlement = settle(submitting, attempt, {
      outcome,
      now: account.now(),
      businessNow: account.businessNow(),
      policy: policyOf(loaded),
      looksSeconds: timing.looksSeconds,
      cause: 'dispatcher',
      isNegativeBelieved: true,
    });
    const incidents = [...settlement.incidents, ...(forestalled?.incidents ?? [])];
    return { settlement: { ...settlement, incidents }, loaded: { ...loaded, attempt } };
  }
}

/** A charge with setbacks or non-sends goes out again because it did not get through; a dunning step, days later, does not. */
export const countSends = (intents: readonly Pick<Intent, 'charge'>[]): Claim['sends'] => {
  const again = intents.filter(({ charge }) => charge.setbacks + charge.nonSends > 0).length;
  return { first: intents.length - again, again };
};

/** The charge's next attempt, counted as sent once. One that follows a non-send keeps its reference: were that wrong, the provider's guard
 * would still hold. */
export const nextAttempt = (
  charge: Charge,
  kind: Attempt['kind'],
  of: { readonly isReferenceReusable: boolean; readonly unsentReference?: string | null },
): Attempt => {
  const number = charge.attemptCount + 1;
  return {
    id: newId(),
    number,
    kind,
    providerReference:
      of.unsentReference ??
      providerReference({
        chargeId: charge.id,
        billingKeyId: charge.billingKeyId,
        amountMinor: charge.amountMinor,
        currency: charge.currency,
        attemptNumber: number,
        isReusable: of.isReferenceReusable,
      }),
    sends: 1,
    providerPaymentId: null,
  };
};

export const hashOf = (request: FrozenRequest): string =>
  createHash('sha256').update(JSON.stringify(request)).digest('hex');

const sendableOf = (loaded: Loaded, { access, provider }: ServedAccount): Sendable => {
  const { charge, providerKey, unsentReference } = loaded;
  const attempt = nextAttempt(charge, 'CHARGE', {
    unsentReference,
    isReferenceReusable: provider.capabilities(access).reusableReference,
  });
  const frozen = provider.describeCharge(
    access,
    chargeRequestOf(charge, attempt.providerReference, providerKey),
  );
  return {
    charge,
    submitting: submittedOf(charge, attempt),
    attempt,
    request: frozen,
    requestHash: hashOf(frozen),
    providerOperationId: null,
    loaded,
    frozen,
  };
};

export const submittedOf = (charge: Charge, attempt: Attempt): Charge => ({
  ...charge,
  state: 'SUBMITTING',
  version: charge.version + 1,
  attemptCount: attempt.number,
});
