import type { Database, Transaction } from '#platform/database';
import { openAccount, type ChargesDependencies, type Loaded, type ServedAccount } from '#charges';
import { recordEvents } from '#events';
import { hasten, refusal } from '#merchants';

import { follow } from './occurrence.follower.js';
import {
  findSentOccurrences,
  holdOpenOccurrences,
  lockOpenOccurrences,
} from './occurrences.repository.js';
import { bringForth, cancelRetries, move } from './occurrence.writer.js';
import type { Revocation } from './registration.js';
import { wishRevocations } from './registration.repository.js';
import type { ScheduleRefusal } from './schedule-check.js';
import type { NamedTerms } from './schedule-update.js';
import { isAhead, type Schedule } from './schedule.js';
import type { ScheduleRegistrar } from './schedule.registrar.js';
import {
  completeSchedules,
  findSchedules,
  lockSchedules,
  writeChange,
} from './schedules.repository.js';
import { writeTerms } from './terms.repository.js';

export type ScheduleChange =
  | { readonly kind: 'CHANGED'; readonly schedule: Schedule }
  /** `applied`: an occurrence is in flight and stays as it is; the change holds from the next one on. */
  | {
      readonly kind: 'REFUSED';
      readonly refusals: readonly ScheduleRefusal[];
      readonly applied: boolean;
    };

/** A schedule under its lock, with what is open of it. */
export interface Held {
  readonly schedule: Schedule;
  readonly open: readonly Loaded[];
  readonly account: ServedAccount;
}

export interface Decided {
  readonly schedule: Schedule;
  readonly event: string;
  /** What has a smaller number stays as it is; absent: it holds for all that waits. */
  readonly holdsFrom?: number;
  /** Of a change at once: what it names, which reaches also occurrences that keep the terms they had. */
  readonly terms?: NamedTerms;
  /** Only those of them that are on one of these keys; absent: on any. */
  readonly replacedKeyIds?: readonly string[];
}

/** What is to become of it: the schedule as it shall be, nothing when it is so already, or why not. */
export type Decision = Decided | { readonly refusals: readonly ScheduleRefusal[] } | undefined;

interface Written {
  readonly change: ScheduleChange;
  readonly wished: readonly string[];
  readonly providerAccountId: string;
}

/** Changes schedules. What waits follows in the same transaction; what the provider holds is wished back there, asked for right after, and
 * followed up by the registrar until the provider has said so. What is in flight stays. */
export class ScheduleChanges {
  private readonly database: Database;

  constructor(
    private readonly dependencies: ChargesDependencies,
    private readonly registrar: ScheduleRegistrar,
  ) {
    this.database = dependencies.database;
  }

  async change(
    merchantId: string,
    id: string | undefined,
    decide: (held: Held, tx: Transaction) => Decision | Promise<Decision>,
  ): Promise<ScheduleChange> {
    const written = await this.database.withMerchant(merchantId, async (tx) => {
      const held = id && (await this.hold(tx, merchantId, id));
      if (!held) return refused([notFound()]);
      const decision = await decide(held, tx);
      if (!decision) return this.unchanged(tx, held);
      if ('refusals' in decision) return refused(decision.refusals);
      return this.write(tx, held, decision);
    });
    return this.tell(merchantId, written);
  }

  /** Takes one occurrence out: the next one, or the one of that number. */
  async skip(
    merchantId: string,
    id: string | undefined,
    number: number | null,
  ): Promise<ScheduleChange> {
    const written = await this.database.withMerchant(merchantId, async (tx) => {
      const held = id && (await this.hold(tx, merchantId, id));
      if (!held) return refused([notFound()]);
      const { status } = held.schedule;
      if (status !== 'ACTIVE' && status !== 'PAUSED') return refused([inState(held.schedule)]);
      const found = await this.findToSkip(tx, held, number);
      if ('code' in found) return refused([found]);
      return this.skipOne(tx, { ...found, account: held.account });
    });
    return this.tell(merchantId, written);
  }

  private async skipOne(
    tx: Transaction,
    { schedule, occurrence, account }: Omit<Held, 'open'> & { readonly occurrence: Loaded },
  ): Promise<Written> {
    const { charge } = occurrence;
    if (charge.state === 'REGISTERED') {
      if (!isAhead(charge.dueAt, account.businessNow())) return refused([inFlight(charge)]);
      await this.wish(tx, account, { chargeIds: [charge.id], revocation: 'SKIP' });
      return changed(schedule, [charge.id], account);
    }
    await move(tx, account, {
      occurrences: [occurrence],
      to: 'SKIPPED',
      cause: 'api: skipOccurrence',
    });
    const isLast = charge.occurrenceNumber === schedule.nextNumber - 1;
    if (isLast && schedule.status === 'ACTIVE')
      await bringForth(tx, account, {
        schedules: [schedule],
        cause: 'schedule: the one before was skipped',
      });
    return this.finish(tx, schedule, account);
  }

  private async findToSkip(
    tx: Transaction,
    { schedule, open, account }: Held,
    number: number | null,
  ): Promise<{ schedule: Schedule; occurrence: Loaded } | ScheduleRefusal> {
    const waiting = open.filter(({ charge }) => charge.state !== 'RETRY_SCHEDULED');
    const wanted = number ?? waiting[0]?.charge.occurrenceNumber ?? schedule.nextNumber;
    const found = waiting.find(({ charge }) => charge.occurrenceNumber === wanted);
    if (found) return { schedule, occurrence: found };
    if (wanted === schedule.nextNumber && schedule.nextDueAt && schedule.status === 'ACTIVE') {
      await bringForth(tx, account, { schedules: [schedule], cause: 'api: skipOccurrence' });
      const [after] = await findSchedules(tx, account.merchantId, [schedule.id]);
      const again = await lockOpenOccurrences(tx, account.merchantId, [schedule.id]);
      const made = again.find(({ charge }) => charge.occurrenceNumber === wanted);
      if (made && after) return { schedule: after, occurrence: made };
    }
    return refusal(
      'INVALID_INPUT',
      ['number'],
      `expected an occurrence that waits for its time, or the next one, number ${schedule.nextNumber}; found ${wanted}`,
    );
  }

  private async hold(tx: Transaction, merchantId: string, id: string): Promise<Held | undefined> {
    await holdOpenOccurrences(tx, merchantId, [id]);
    const [schedule] = await lockSchedules(tx, merchantId, [id]);
    if (!schedule) return undefined;
    // One may have come into being before we held the schedule.
    const open = await lockOpenOccurrences(tx, merchantId, [id]);
    const { providerAccountId } = schedule;
    const account = await openAccount(tx, this.dependencies, { merchantId, providerAccountId });
    return { schedule, open, account };
  }

  private async write(
    tx: Transaction,
    { schedule: before, open: waiting, account }: Held,
    decided: Decided,
  ): Promise<Written> {
    const { schedule, event, holdsFrom = 1 } = decided;
    const { merchantId } = account;
    const businessNow = account.businessNow();
    const after = { ...schedule, updatedAt: businessNow };
    const open = waiting.filter(({ charge }) => (charge.occurrenceNumber ?? 0) >= holdsFrom);
    await writeTerms(tx, merchantId, { ...decided, scheduleId: schedule.id, holdsFrom });
    await writeChange(tx, merchantId, after);
    await recordEvents(tx, merchantId, [
      { type: event, subjectId: schedule.id, data: { orderId: schedule.orderId }, at: businessNow },
    ]);
    const inState = (state: string) => open.filter(({ charge }) => charge.state === state);
    const cause = `api: ${event}`;
    await follow(tx, account, { schedules: [after], occurrences: inState('SCHEDULED'), cause });
    if (after.status === 'CANCELED')
      await cancelRetries(tx, account, {
        ...{ retries: inState('RETRY_SCHEDULED'), cause },
        settler: this.dependencies.settler,
      });
    const registered = inState('REGISTERED');
    const ahead = registered.filter(({ charge }) => isAhead(charge.dueAt, businessNow));
    const chargeIds = ahead.map(({ charge }) => charge.id);
    await this.wish(tx, account, { chargeIds, revocation: 'FOLLOW_SCHEDULE' });
    const isResumed = before.status === 'PAUSED' && after.status === 'ACTIVE';
    const [still] = isResumed ? await lockOpenOccurrences(tx, merchantId, [schedule.id]) : open;
    if (isResumed && !still) await bringForth(tx, account, { schedules: [after], cause });
    await hasten(tx, [{ ...account, lane: 'MATERIALISE', at: tx.now }]);
    const finished = await this.finish(tx, after, account);
    const refusals = [
      ...registered.filter((one) => !ahead.includes(one)).map(({ charge }) => inFlight(charge)),
      ...(after.status === 'CANCELED' ? await this.sent(tx, merchantId, schedule.id) : []),
    ];
    return refusals.length > 0
      ? { ...finished, change: { kind: 'REFUSED', refusals, applied: true }, wished: chargeIds }
      : { ...finished, wished: chargeIds };
  }

  /** As it is already. One that is canceled says again what may still be charged, for as long as it may. */
  private async unchanged(tx: Transaction, { schedule, account }: Held): Promise<Written> {
    const refusals =
      schedule.status === 'CANCELED' ? await this.sent(tx, account.merchantId, schedule.id) : [];
    return refusals.length > 0 ? refused(refusals, true) : changed(schedule, [], account);
  }

  private async sent(
    tx: Transaction,
    merchantId: string,
    scheduleId: string,
  ): Promise<ScheduleRefusal[]> {
    const found = await findSentOccurrences(tx, merchantId, scheduleId);
    return found.map(wasSent);
  }

  private async wish(
    tx: Transaction,
    { merchantId, providerAccountId }: ServedAccount,
    wish: { readonly chargeIds: readonly string[]; readonly revocation: Revocation },
  ): Promise<void> {
    if (wish.chargeIds.length === 0) return;
    await wishRevocations(tx, merchantId, wish);
    await hasten(tx, [{ providerAccountId, lane: 'REGISTER', at: tx.now }]);
  }

  private async finish(
    tx: Transaction,
    schedule: Schedule,
    account: ServedAccount,
  ): Promise<Written> {
    const { merchantId } = account;
    await completeSchedules(tx, merchantId, { ids: [schedule.id], at: account.businessNow() });
    const [now] = await findSchedules(tx, merchantId, [schedule.id]);
    return changed(now ?? schedule, [], account);
  }

  /** Asks the provider at once, so that most answers tell what came of it; the registrar goes on with the rest. */
  private async tell(
    merchantId: string,
    { change, wished, providerAccountId }: Written,
  ): Promise<ScheduleChange> {
    if (wished.length === 0) return change;
    await this.registrar.serveNow({ merchantId, providerAccountId }, wished);
    if (change.kind !== 'CHANGED') return change;
    const [schedule] = await this.database.withMerchant(merchantId, (tx) =>
      findSchedules(tx, merchantId, [change.schedule.id]),
    );
    return schedule ? { kind: 'CHANGED', schedule } : change;
  }
}

const changed = (
  schedule: Schedule,
  wished: readonly string[],
  { providerAccountId }: ServedAccount,
): Written => ({ change: { kind: 'CHANGED', schedule }, wished, providerAccountId });

const refused = (refusals: readonly ScheduleRefusal[], applied = false): Written => ({
  change: { kind: 'REFUSED', refusals, applied },
  wished: [],
  providerAccountId: '',
});

const notFound = (): ScheduleRefusal =>
  refusal('NOT_FOUND', ['id'], 'expected a schedule of yours');

export const inState = ({ status }: Schedule): ScheduleRefusal =>
  refusal('INVALID_STATE', ['id'], `expected an ACTIVE or PAUSED schedule, found ${status}`);

const inFlight = ({ orderId }: { readonly orderId: string }): ScheduleRefusal =>
  refusal(
    'IN_FLIGHT',
    ['id'],
    `${orderId} is within a minute of its time, and the provider may be charging it; the change holds from the next occurrence on`,
  );

const wasSent = ({ orderId }: { readonly orderId: string }): ScheduleRefusal =>
  refusal(
    'IN_FLIGHT',
    ['id'],
    `${orderId} was sent, and the provider may be charging it; the schedule is canceled, and nothing is sent after it`,
  );
