import { after, type MachineInstant } from '#platform/clock';
import type { Outcome, RefundOutcome } from '#providers/contract';
import { moved, nextAttempt, submittedOf, type Attempt, type Finding } from '#charges';

import { checkBeforeWire, checkFence } from './invariants.js';
import type { ChargeRow, LookedAtRow, RefundRow } from './rows.js';
import type { SentCharge } from './provider.js';
import type { Job, World } from './world.js';

export const WAITING = 'waits for the answer';

interface Owned {
  readonly token: string;
  readonly leaseEnd: MachineInstant;
}

const own = (world: World): Owned => ({
  token: world.newId('lease'),
  leaseEnd: after(world.now, world.rules.leaseSeconds),
});
const leaseOf = (world: World, { token }: Owned) => ({
  ...{ token, now: world.now, seconds: world.rules.leaseSeconds },
});
const mayStillCall = (world: World, { leaseEnd }: Pick<Owned, 'leaseEnd'>): boolean =>
  !world.rules.checksDeadline || after(world.now, world.rules.sendDeadlineSeconds) < leaseEnd;

/** `SingleChargeChannel`: claim with intent, ask what went before, send, settle under the fence. */
export function* dispatch(world: World): Job {
  const { database, rules, provider } = world;
  const due = database.due(world.now);
  if (!due) return;
  const owned = own(world);
  const { earlier, unsent } = database.knownBefore(due);
  const isReferenceReusable = provider.kind.capabilities.reusableReference;
  const next = nextAttempt(due, 'CHARGE', { isReferenceReusable, unsentReference: unsent });
  const attempt: Attempt = { ...next, id: world.newId('attempt') };
  world.holders.set(due.id, owned.token);
  database.writeIntent(due, attempt, leaseOf(world, owned));
  const submitting: ChargeRow = { ...due, ...submittedOf(due, attempt) };
  yield 'wrote its intent';
  const askedAt = world.now;
  let forestalled: ReturnType<typeof world.decide.forestalledBy>;
  if (earlier && rules.asksEarlier && mayStillCall(world, owned)) {
    const of = { references: earlier.references, ids: earlier.paymentIds };
    const finding = judged(world, submitting, { ...of, knownPaymentId: null, booked: of.ids });
    forestalled = world.decide.forestalledBy(finding);
    if (forestalled) world.hit('forestalled');
    yield 'asked about earlier attempts';
  }
  const outcome: Outcome =
    forestalled?.outcome ??
    (mayStillCall(world, owned)
      ? yield* call(world, submitting, { attempt, askedAt })
      : { kind: 'NOT_SENT', reason: 'the lease would run out before the answer' });
  world.hit(`outcome ${outcome.kind}`);
  yield `heard ${outcome.kind}`;
  const settlement = world.decide.settle(submitting, attempt, {
    ...{ outcome, now: world.now, businessNow: world.businessNow, cause: 'dispatcher' },
    ...{ policy: due.policy, looksSeconds: rules.looksSeconds, isNegativeBelieved: true },
  });
  const incidents = [...settlement.incidents, ...(forestalled?.incidents ?? [])];
  write(world, owned, { ...settlement, incidents });
}

/** `AttemptResolver`: takes a look under a lease, asks, and sends again only what is proved absent. */
export function* look(world: World, named?: { chargeId: string; paymentId: string }): Job {
  const { database } = world;
  const owned = own(world);
  const held = named ? database.charge(named.chargeId).leaseToken : undefined;
  const row = database.claimLook(leaseOf(world, owned), named?.chargeId);
  if (!row) return;
  if (held || world.holders.get(row.id)) world.hit('takeover');
  world.holders.set(row.id, owned.token);
  yield 'took the charge for a look';
  if (!mayStillCall(world, owned)) return;
  const attempt = database.lastAttemptOf(row);
  const { references, paymentIds: booked } = database.knownOf(row);
  const { providerPaymentId: knownPaymentId } = attempt;
  const earlier = world.rules.looksAtEarlier ? booked : [];
  const ids = [knownPaymentId, ...earlier, named?.paymentId].filter((id) => typeof id === 'string');
  const askedAt = world.now;
  const finding = judged(world, row, { references, ids, knownPaymentId, booked });
  world.hit(`finding ${finding.kind}`);
  yield `found ${finding.kind}`;
  yield* decideLook(world, owned, { row, attempt, finding, askedAt });
}

interface Asked {
  readonly row: LookedAtRow;
  readonly attempt: Attempt;
  readonly finding: Finding;
  readonly askedAt: MachineInstant;
}

function* decideLook(world: World, owned: Owned, { row, attempt, finding, askedAt }: Asked): Job {
  const { database, rules, provider } = world;
  const context = { now: world.now, looksSeconds: rules.looksSeconds, cause: 'resolver' };
  const policy = { policy: row.policy, businessNow: world.businessNow };
  if (world.decide.isDecisive(row, finding)) {
    const settlement = world.decide.settle(row, attempt, {
      ...{ ...context, ...policy, outcome: finding.outcome, isNegativeBelieved: true },
    });
    const incidents = [...settlement.incidents, ...finding.incidents];
    write(world, owned, { ...settlement, incidents });
    return;
  }
  const { lookUp, replay } = provider.kind.capabilities;
  const { quietPeriodSeconds } = rules;
  const after_ = world.decide.afterLook(row, attempt, {
    ...{ ...context, finding, quietPeriodSeconds, lookUp, replay, plannedAt: row.plannedAt },
  });
  if (!after_.resend) return write(world, owned, after_);
  const { leaseEnd } = own(world);
  const charge = database.writeResend(row, leaseOf(world, owned), after_.evidence);
  world.hit(charge ? 'resend' : 'resend refused by the fence');
  if (!charge) return;
  const sent = { ...attempt, sends: attempt.sends + 1 };
  yield 'proved it absent and is about to send it again';
  const outcome: Outcome = mayStillCall(world, { leaseEnd })
    ? yield* call(world, charge, { attempt: sent, askedAt })
    : { kind: 'UNKNOWN', reason: 'the lease was over before it was sent again' };
  world.hit(`outcome ${outcome.kind} to a resend`);
  yield `heard ${outcome.kind}`;
  const settlement = world.decide.settle(charge, sent, {
    ...{ ...context, ...policy, outcome, now: world.now, businessNow: world.businessNow },
    isNegativeBelieved: world.decide.isFirstAnswerAgain(replay, outcome),
  });
  write(world, owned, settlement);
}

/** `RefundSender`: sends what was never sent, asks about the rest. */
export function* refund(world: World): Job {
  const { database } = world;
  const index = database.refunds.findIndex(
    ({ status, nextLookAt }) =>
      (status === 'PENDING' || status === 'UNKNOWN') &&
      nextLookAt !== null &&
      nextLookAt <= world.now,
  );
  const row = database.refunds[index];
  if (!row) return;
  const { token, leaseEnd } = own(world);
  const isFirst = row.sends === 0;
  const sentAt = row.sentAt ?? world.now;
  const sends = isFirst ? 1 : row.sends;
  database.refunds[index] = { ...row, sends, sentAt, leaseToken: token, nextLookAt: leaseEnd };
  yield 'took a refund';
  const change = isFirst
    ? yield* sendRefund(world, { ...row, sends, sentAt })
    : yield* askRefund(world, row, { index, token });
  if (change) writeRefund(world, { index, token }, { change, row });
}

type RefundChange = ReturnType<World['decide']['refundRead']>;

/** Nothing where another worker holds it by now: it is not sent again then. */
function* askRefund(
  world: World,
  row: RefundRow,
  { index, token }: { index: number; token: string },
): Generator<string, RefundChange | undefined, void> {
  const { database, rules, provider } = world;
  const { repeatableRefund: isRepeatable } = provider.kind.capabilities;
  const live = liveOf(world, row);
  const reading = world.isUp
    ? provider.readRefunds(live.providerPaymentId)
    : ({ kind: 'UNAVAILABLE', reason: 'down' } as const);
  const { looksSeconds, quietPeriodSeconds } = rules;
  const change = world.decide.refundRead(live, reading, {
    ...{ now: world.now, looksSeconds, quietPeriodSeconds, isRepeatable },
  });
  yield 'asked about a refund';
  if (!change.resend) return change;
  const held = database.refunds[index];
  if (!held || (rules.isFenced && held.leaseToken !== token)) return undefined;
  const counted = { sends: row.sends + 1, sentAt: world.now, resendGranted: false };
  database.refunds[index] = {
    ...{ ...held, ...counted, nextLookAt: after(world.now, rules.leaseSeconds) },
  };
  yield 'is about to send a refund again';
  world.hit('refund sent again');
  return yield* sendRefund(world, { ...row, ...counted });
}

function* sendRefund(world: World, row: RefundRow): Generator<string, RefundChange, void> {
  const live = liveOf(world, row);
  const outcome = (yield* carry(
    world,
    { refundId: row.id, ...live },
    row.attemptId,
  )) as RefundOutcome;
  yield `heard ${outcome.kind} about a refund`;
  const { looksSeconds } = world.rules;
  return world.decide.refundAnswered(live, outcome, { now: world.now, looksSeconds });
}

const writeRefund = (
  { database, ...world }: Pick<World, 'database' | 'rules' | 'hit'>,
  { index, token }: { index: number; token: string },
  { change, row }: { change: RefundChange; row: RefundRow },
): void => {
  const before = database.refunds[index];
  if (!before || (world.rules.isFenced && before.leaseToken !== token)) return;
  const { status, providerRefundId, acceptedAt, looks, nextLookAt } = change;
  const { sentAt } = row;
  database.refunds[index] = {
    ...{ ...before, status, providerRefundId, acceptedAt, looks, nextLookAt, leaseToken: null },
    resendGranted: (change.resend ? row : change).resendGranted,
    ...(change.resend ? { sends: before.sends - 1, sentAt } : {}),
  };
  if (change.isStuck)
    database.incidents.push({ chargeId: row.chargeId, kind: 'QUARANTINED', paymentId: null });
  if (status !== 'SUCCEEDED' && status !== 'FAILED') return;
  const refundedMinor = status === 'SUCCEEDED' ? row.amountMinor : 0;
  database.moveRefund(row.attemptId, { reservedMinor: -row.amountMinor, refundedMinor });
};

const liveOf = ({ database, provider: _ }: World, row: RefundRow) => {
  const capture = database.attempts.find(({ id }) => id === row.attemptId);
  const others = database.refunds.filter((r) => r.chargeId === row.chargeId && r.id !== row.id);
  return {
    ...{ ...row, status: row.status === 'UNKNOWN' ? ('UNKNOWN' as const) : ('PENDING' as const) },
    ...{ providerAccountId: 'account', isCounted: true },
    otherRefundIds: others.flatMap(({ providerRefundId }) => providerRefundId ?? []),
    providerPaymentId: capture?.providerPaymentId ?? '',
  };
};

const write = (world: World, { token }: Owned, settlement: ReturnType<typeof moved>): void => {
  const isApplied = world.database.settle(settlement, token, world.now);
  if (isApplied) checkFence(world, settlement.charge.id, token);
  else world.hit('stale result kept as an observation');
};

const judged = (
  world: World,
  charge: ChargeRow,
  of: {
    references: readonly string[];
    ids: readonly string[];
    knownPaymentId: string | null;
    booked: readonly string[];
  },
): Finding => {
  const reading = world.isUp
    ? world.provider.find({ references: of.references, ids: of.ids }, world.now)
    : ({ kind: 'UNAVAILABLE', reason: 'the provider cannot be reached' } as const);
  return world.decide.judge(reading, {
    ...{ charge, knownPaymentId: of.knownPaymentId },
    references: of.references.map((reference) => ({ reference, providerKey: 'key' })),
    bookedPaymentIds: of.booked,
  });
};

function* call(
  world: World,
  charge: ChargeRow,
  { attempt, askedAt }: Pick<Asked, 'attempt' | 'askedAt'>,
): Generator<string, Outcome, void> {
  const { providerReference: reference } = attempt;
  const sent: SentCharge = { chargeId: charge.id, reference, amountMinor: charge.amountMinor };
  checkBeforeWire(world, charge, { attempt, askedAt });
  return (yield* carry(world, sent, attempt.id)) as Outcome;
}

/** From our socket to the answer, or to the end of our patience. What was sent may still arrive after that. */
function* carry(
  world: World,
  sent: Parameters<World['put']>[0],
  attemptId: string,
): Generator<string, Outcome | RefundOutcome, void> {
  if (!world.isUp) return { kind: 'NOT_SENT', reason: 'ECONNREFUSED' };
  const message = world.put(sent, attemptId);
  const deadline = after(world.now, world.rules.sendDeadlineSeconds);
  while (!message.heard && world.now < deadline) yield WAITING;
  return message.heard ?? { kind: 'UNKNOWN', reason: 'no answer within the deadline' };
}
