import type { MachineInstant } from '#platform/clock';
import type { Attempt, ChargeState } from '#charges';

import { refundedOf, type LedgerPayment } from './provider.js';
import type { ChargeRow } from './rows.js';
import { isCharge, Violation, type World } from './world.js';

const broken = (invariant: string, found: string): never => {
  throw new Violation(`${invariant}: ${found}`);
};

/** What an attempt must have come to before another one may leave. */
const PROOFS: readonly unknown[] = ['DECLINED', 'REJECTED', 'NOT_SENT'];
const ABSENTS_NEEDED = 3;

/** At the last moment before the wire: M6, M7, M8 and R6. */
export const checkBeforeWire = (
  world: World,
  charge: ChargeRow,
  { attempt, askedAt }: { readonly attempt: Attempt; readonly askedAt: MachineInstant },
): void => {
  const { database, provider } = world;
  if (world.canceled.has(charge.id)) broken('R6', `${charge.id} is sent after its cancellation`);
  const rows = database.attemptsOf(charge.id);
  if (!rows.some(({ id }) => id === attempt.id)) broken('M6', 'sent without a written intent');
  checkNothingPaid(world, charge, askedAt);
  for (const { sent, attemptId, status } of world.messages) {
    if (!isCharge(sent)) continue;
    const isOurs = sent.chargeId === charge.id;
    if (sent.reference === attempt.providerReference)
      if (!isOurs || sent.amountMinor !== charge.amountMinor)
        broken('M8', `${sent.reference} meant something else before`);
    if (!isOurs) continue;
    const isReplay = attemptId === attempt.id && provider.kind.guard === 'REPLAY';
    if (status === 'ON_ITS_WAY' && !isReplay)
      broken('M7', `${charge.id} is sent while an earlier request is on its way`);
    if (attemptId === attempt.id) checkResend(world, charge);
    else if (!PROOFS.includes(rows.find(({ id }) => id === attemptId)?.outcome))
      broken('M7', `${charge.id} is sent without proof that ${attemptId} did not happen`);
  }
};

/** M7, the other way round: a failure that had been paid before the house had its chance to ask would have been seen by asking. */
const checkNothingPaid = (
  { database, provider }: World,
  charge: ChargeRow,
  askedAt: MachineInstant,
): void => {
  const knownIds = database.attemptsOf(charge.id).map((attempt) => attempt.providerPaymentId);
  for (const { id, chargeId, isLate, paidAt, visibleAt } of provider.payments) {
    if (chargeId !== charge.id || !isLate || !paidAt || paidAt >= askedAt) continue;
    if ((visibleAt && visibleAt < askedAt) || knownIds.includes(id))
      broken('M7', `${chargeId} is sent although ${id} had been paid meanwhile`);
  }
};

const checkResend = ({ database }: World, { id }: ChargeRow): void => {
  const last = database.history.findLast(
    (each) => each.chargeId === id && each.to === 'SUBMITTING',
  );
  if (Number(last?.evidence['absents'] ?? 0) < ABSENTS_NEEDED)
    broken('M7', `${id} is sent again without recorded absences`);
};

/** S5: a result was applied; only the last owner may have written it. */
export const checkFence = ({ holders }: World, chargeId: string, token: string): void => {
  if (holders.get(chargeId) !== token)
    broken('S5', `${chargeId} was settled under a lease that had passed on`);
  holders.delete(chargeId);
};

const REFUNDS: readonly ChargeState[] = ['PARTIALLY_REFUNDED', 'REFUNDED'];
const PAID: readonly ChargeState[] = ['SUCCEEDED', ...REFUNDS];
const ASKED_ABOUT: readonly ChargeState[] = ['SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW'];

/** After every step. */
export const checkAlways = (world: World): void => {
  for (const { from, to, chargeId } of world.newTransitions())
    if (PAID.includes(from as ChargeState) && !REFUNDS.includes(to))
      broken('S1', `${chargeId} went from ${from} to ${to}`);
  for (const row of world.database.charges.values()) {
    if (ASKED_ABOUT.includes(row.state) && row.nextLookAt === null)
      broken('S3', `${row.id} is ${row.state}, and nobody will ever ask about it`);
    checkHistory(world, row);
  }
  checkLedger(world);
};

/** S2: the history, replayed, is the state; its versions have no gap. */
const checkHistory = ({ database }: World, row: ChargeRow): void => {
  let state = 'NONE';
  let version = 0;
  for (const each of database.history) {
    if (each.chargeId !== row.id) continue;
    if (each.from !== state || each.version !== version + 1)
      broken('S2', `the history of ${row.id} does not fit together at ${each.from} → ${each.to}`);
    ({ to: state, version } = each);
  }
  if (state !== row.state || version !== row.version)
    broken(
      'S2',
      `${row.id} is ${row.state} ${row.version}, its history ends in ${state} ${version}`,
    );
};

const paymentsOf = (world: World, chargeId: string): LedgerPayment[] =>
  world.provider.payments.filter((payment) => payment.chargeId === chargeId);

/** M1: one capture per charge. Only a payment that the provider itself took for failed first may come on top. */
const checkLedger = (world: World): void => {
  for (const id of world.database.charges.keys()) {
    const paid = paymentsOf(world, id).filter(({ status }) => status === 'PAID');
    if (paid.length > 1 && !paid.some(({ isLate }) => isLate))
      broken('M1', `${id} was captured ${paid.length} times`);
  }
  for (const payment of world.provider.payments) {
    if (refundedOf(payment) > payment.amountMinor) broken('M5', `${payment.id} paid back too much`);
    const ours = payment.refunds.flatMap(({ of }) => of ?? []);
    if (new Set(ours).size < ours.length) broken('M7', `a refund of ${payment.id} was made twice`);
  }
};

/** Once the faults have stopped and everybody had their time: M2 and M3. */
export const checkHealed = (world: World): void => {
  const { database } = world;
  for (const row of database.charges.values()) {
    const decided = [...PAID, 'FAILED', 'CANCELED'];
    if (!decided.includes(row.state)) broken('M2', `${row.id} stays ${row.state}`);
    const paid = paymentsOf(world, row.id).filter(({ status }) => status === 'PAID');
    const capture = database.captureOf(row.id);
    if (PAID.includes(row.state) !== (capture !== undefined))
      broken('M3', `${row.id} is ${row.state} with ${capture ? 'a' : 'no'} capture in the books`);
    if (capture && !paid.some(({ id }) => id === capture.providerPaymentId))
      broken('M3', `${row.id} counts a payment that the provider does not know`);
    for (const { id } of paid) checkTold(world, { id, chargeId: row.id });
    checkRefunded(world, row.id);
  }
};

/** A capture counts, or stands in an incident as a duplicate: never in silence. */
const checkTold = ({ database }: World, { id, chargeId }: { id: string; chargeId: string }) => {
  if (database.captureOf(chargeId)?.providerPaymentId === id) return;
  const isTold = database.incidents.some(
    ({ kind, paymentId }) => kind === 'DUPLICATE_CAPTURE' && paymentId === id,
  );
  if (!isTold) broken('M2', `nobody was told of ${id} of ${chargeId}`);
};

const checkRefunded = ({ database, provider }: World, chargeId: string): void => {
  const capture = database.captureOf(chargeId);
  const payment = provider.payments.find(({ id }) => id === capture?.providerPaymentId);
  if (!capture || !payment) return;
  const isTold = database.incidents.some(
    (each) => each.chargeId === chargeId && each.kind === 'QUARANTINED',
  );
  if (capture.reservedMinor > 0 && !isTold)
    broken('M2', `a refund of ${chargeId} never ends, and nobody was told`);
  if (capture.refundedMinor !== refundedOf(payment) && !isTold)
    broken(
      'M3',
      `${chargeId} paid back ${refundedOf(payment)}, the books say ${capture.refundedMinor}`,
    );
};
