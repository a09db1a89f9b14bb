import { monotonicMs } from '#platform/clock';

import type { Charge } from './charge.js';
import type { ChargesDependencies, ServedAccount } from './dependencies.js';
import { isFirstAnswerAgain } from './look.js';
import { writeResend, type LookedAt } from './look.repository.js';
import { policyOf } from './policy.js';
import type { Obstacle } from './refusal.js';
import { resendBarrier, resendObstacle, type ResendBarrier } from './resend.repository.js';
import { moved, settle, type Settlement } from './settlement.js';
import type { Settling } from './settler.js';
import type { LookContext } from './undecided-look.js';
import { notSentAgain } from './withdrawal.js';

/** Who holds the charge's lease. */
interface Owner {
  readonly account: ServedAccount;
  readonly leaseToken: string;
}

interface Resend extends LookContext {
  /** The look that proved it absent. */
  readonly look: Settlement;
  readonly owner: Owner;
}

/** Sends what is proved never to have arrived once more, the same bytes under the same reference; or waits, or lets it be. */
export const sendAgain = async (
  looked: LookedAt,
  { look, owner, ...looking }: Resend,
  dependencies: ChargesDependencies,
): Promise<Settling> => {
  const { timing } = dependencies;
  const { account } = owner;
  const { request } = looked.attempt;
  const leaseMonotonicMs = monotonicMs() + timing.leaseSeconds * 1_000;
  const intent = request && (await intend(looked, { look, owner }, dependencies));
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
};

/** The charge as it goes out again; nothing when another owner has it by now. */
const intend = (
  looked: LookedAt,
  { look, owner: { account, leaseToken } }: Pick<Resend, 'look' | 'owner'>,
  dependencies: ChargesDependencies,
): Promise<Charge | Obstacle | ResendBarrier | undefined> => {
  const { database, settler, timing } = dependencies;
  return database.withMerchant(account.merchantId, async (tx) => {
    const owner = { merchantId: account.merchantId, leaseToken };
    const obstacle = await resendObstacle(tx, looked.charge, owner);
    if (obstacle) return obstacle;
    const barrier = await resendBarrier(tx, looked.charge, { account, dependencies });
    if (barrier) return barrier;
    const businessNow = account.businessNow();
    const { leaseSeconds } = timing;
    const context = { ...owner, leaseSeconds, businessNow, evidence: look.evidence };
    const held = await writeResend(tx, looked, context);
    const settlement = moved(looked, 'SUBMITTING', 'resolver');
    const batch = { ...account, leaseToken, businessNow, now: account.now() };
    if (held)
      await settler.contribute(tx, { ...batch, settlings: [{ loaded: looked, settlement }] });
    return held;
  });
};

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
