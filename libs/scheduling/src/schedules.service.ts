import { newId, occurrences, type Money, type Order, type Recurrence } from '#kernel';
import { businessInstant } from '#platform/clock';
import type { Database, Transaction } from '#platform/database';
import type { Page, Slice } from '#platform/paging';
import {
  checkProviderAmount,
  openAccount,
  type CatchUp,
  type ChargesDependencies,
  type ServedAccount,
  type WhenPreviousOpen,
} from '#charges';
import { recordEvents } from '#events';
import { refusal } from '#merchants';

import { duesOfWaiting } from './occurrence.place.js';
import { bringForth } from './occurrence.writer.js';
import {
  findKeyOfSchedule,
  findTakenOrderId,
  hasRetryPolicy,
  listOccurrenceIds,
  listWaiting,
  type KeyOfSchedule,
} from './schedule-context.repository.js';
import {
  checkExecution,
  checkExternalId,
  checkFirstAmount,
  checkNewSpan,
  checkScheduleOrder,
  checkSpan,
  currencyRefusal,
  type ScheduleRefusal,
  type Span,
} from './schedule-check.js';
import { chargesToCome } from './schedule-update.js';
import { dueOf, type Execution, type Schedule } from './schedule.js';
import {
  findScheduleByExternalId,
  findScheduleByOrderId,
  findSchedules,
  insertSchedule,
} from './schedules.repository.js';
import { listSchedules, type ScheduleFilter } from './schedule-list.repository.js';

export interface CreateSchedule {
  /** Absent: no id of a billing key at all. */
  readonly billingKeyId: string | undefined;
  readonly order: Order;
  readonly recurrence: Recurrence | null;
  /** Null: now. */
  readonly startAt: Date | null;
  readonly endAt: Date | null;
  readonly maxOccurrences: number | null;
  /** Null: the provider keeps the time where it can. */
  readonly execution: Execution | null;
  /** Absent: no id of a retry policy at all; null: none was named. */
  readonly retryPolicyId: string | null | undefined;
  readonly externalId: string | null;
  /** Of the first occurrence, where it is another; of the order's currency. */
  readonly firstAmount: Money | null;
  readonly catchUp: CatchUp;
  readonly whenPreviousOpen: WhenPreviousOpen;
  /** Of the input as sent. */
  readonly requestHash: string;
}

export type ScheduleCreation =
  | { readonly kind: 'CREATED'; readonly schedule: Schedule; readonly replayed: boolean }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly ScheduleRefusal[] };

export type Preview =
  | { readonly kind: 'PREVIEWED'; readonly dues: readonly Date[] }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly ScheduleRefusal[] };

interface Asked {
  readonly request: CreateSchedule;
  readonly span: Span;
  readonly key: KeyOfSchedule;
  readonly account: ServedAccount;
}

/** Making schedules, and reading them. */
export class Schedules {
  private readonly database: Database;

  constructor(private readonly dependencies: ChargesDependencies) {
    this.database = dependencies.database;
  }

  create(merchantId: string, request: CreateSchedule): Promise<ScheduleCreation> {
    const refusals = [
      ...checkScheduleOrder(request.order),
      ...checkFirstAmount(request.order, request.firstAmount),
      ...checkExternalId(request.externalId),
    ];
    if (refusals.length > 0) return Promise.resolve({ kind: 'REFUSED', refusals });
    return this.database.withMerchant(merchantId, async (tx) => {
      const earlier = await this.findEarlier(tx, merchantId, request);
      if (earlier) return replay(earlier, request);
      const key = await findKeyOfSchedule(tx, merchantId, request.billingKeyId);
      if (!key)
        return refused([refusal('NOT_FOUND', ['billingKeyId'], 'expected a billing key of yours')]);
      const account = await openAccount(tx, this.dependencies, { merchantId, ...key });
      const span = spanOf(request, account);
      const asked = { request, span, key, account };
      const found = await this.check(tx, asked);
      if (found.length === 0) return this.write(tx, asked);
      // The same call, a moment sooner, may be what stands in the way.
      const winner = await this.findEarlier(tx, merchantId, request);
      return winner ? replay(winner, request) : refused(found);
    });
  }

  find(merchantId: string, ids: readonly string[]): Promise<Schedule[]> {
    return this.database.withMerchant(merchantId, (tx) => findSchedules(tx, merchantId, ids));
  }

  list(
    merchantId: string,
    question: { readonly filter: ScheduleFilter; readonly page: Page },
  ): Promise<Slice<Schedule>> {
    return this.database.withMerchant(merchantId, (tx) => listSchedules(tx, merchantId, question));
  }

  /** Ids and numbers of a schedule's charges, from the first occurrence on. */
  occurrences(
    merchantId: string,
    question: { readonly scheduleId: string; readonly page: Page },
  ): Promise<Slice<{ id: string; number: number }>> {
    return this.database.withMerchant(merchantId, (tx) =>
      listOccurrenceIds(tx, merchantId, question),
    );
  }

  /** The due times to come: of charges that wait for their time, then of those that have no charge yet. What is being taken back from
   * the provider is told as it will be. */
  async nextOccurrences(merchantId: string, schedule: Schedule, first: number): Promise<Date[]> {
    if (schedule.status === 'CANCELED' || schedule.status === 'COMPLETED') return [];
    const waiting = await this.database.withMerchant(merchantId, (tx) =>
      listWaiting(tx, merchantId, { scheduleId: schedule.id, first }),
    );
    const dues = duesOfWaiting(schedule, waiting);
    return [...dues, ...chargesToCome(schedule, first - dues.length).map(({ at }) => at)];
  }

  /** What a schedule would bring, without one. */
  preview(asked: {
    readonly recurrence: Recurrence;
    readonly startAt: Date;
    readonly endAt: Date | null;
    readonly first: number;
  }): Preview {
    const { recurrence, startAt, endAt, first } = asked;
    const refusals = checkSpan({
      recurrence,
      startAt: businessInstant(startAt),
      endAt: endAt && businessInstant(endAt),
      maxOccurrences: null,
    });
    if (refusals.length > 0) return { kind: 'REFUSED', refusals };
    const found = occurrences(recurrence, { startAt, endAt, first });
    return { kind: 'PREVIEWED', dues: found.map(({ at }) => at) };
  }

  private async findEarlier(
    tx: Transaction,
    merchantId: string,
    { externalId, order }: CreateSchedule,
  ): Promise<Schedule | undefined> {
    return externalId === null
      ? findScheduleByOrderId(tx, merchantId, order.orderId)
      : findScheduleByExternalId(tx, merchantId, externalId);
  }

  private async check(
    tx: Transaction,
    { request, span, key, account }: Asked,
  ): Promise<ScheduleRefusal[]> {
    const { merchantId } = account;
    const { order, retryPolicyId, execution } = request;
    const refusals = checkNewSpan(span, account.businessNow());
    if (key.status !== 'ACTIVE')
      refusals.push(
        refusal('KEY_NOT_ACTIVE', ['billingKeyId'], `expected it ACTIVE, found ${key.status}`),
      );
    if (!account.currencies.includes(order.amount.currency))
      refusals.push(currencyRefusal(order.amount.currency, account.currencies));
    refusals.push(
      ...checkProviderAmount(order.amount.amountMinor, account.provider, [
        ...['order', 'amount', 'amount'],
      ]),
      ...checkProviderAmount(request.firstAmount?.amountMinor ?? 0, account.provider, [
        ...['firstAmount', 'amount'],
      ]),
    );
    if (retryPolicyId !== null && !(await hasRetryPolicy(tx, merchantId, retryPolicyId)))
      refusals.push(refusal('NOT_FOUND', ['retryPolicyId'], 'expected a retry policy of yours'));
    refusals.push(...checkExecution(execution, account));
    const taken = await findTakenOrderId(tx, merchantId, order.orderId);
    if (taken)
      refusals.push(
        refusal(
          'ORDER_ALREADY_EXISTS',
          ['order', 'orderId'],
          `expected an unused order id: ${taken} exists already`,
        ),
      );
    return refusals;
  }

  private async write(tx: Transaction, asked: Asked): Promise<ScheduleCreation> {
    const { request, account } = asked;
    const { merchantId } = account;
    const schedule = scheduleOf(asked);
    if (!(await insertSchedule(tx, merchantId, schedule))) {
      const winner = await this.findEarlier(tx, merchantId, request);
      return winner
        ? replay(winner, request)
        : refused([
            refusal(
              'ORDER_ALREADY_EXISTS',
              ['order', 'orderId'],
              'expected an unused order id: another schedule has it',
            ),
          ]);
    }
    await recordEvents(tx, merchantId, [
      {
        type: 'schedule.created',
        subjectId: schedule.id,
        data: { orderId: schedule.orderId, nextDueAt: schedule.nextDueAt },
        at: schedule.createdAt,
      },
    ]);
    await bringForth(tx, account, { schedules: [schedule], cause: 'api: createSchedule' });
    const [created] = await findSchedules(tx, merchantId, [schedule.id]);
    if (!created) throw new Error('expected the schedule that was just written');
    return { kind: 'CREATED', schedule: created, replayed: false };
  }
}

const refused = (refusals: readonly ScheduleRefusal[]): ScheduleCreation => ({
  kind: 'REFUSED',
  refusals,
});

const replay = (earlier: Schedule, request: CreateSchedule): ScheduleCreation =>
  earlier.requestHash === request.requestHash
    ? { kind: 'CREATED', schedule: earlier, replayed: true }
    : refused([
        refusal(
          'IDEMPOTENCY_MISMATCH',
          request.externalId === null ? ['order', 'orderId'] : ['externalId'],
          'expected the same content as when this key was first sent, found other content',
        ),
      ]);

const spanOf = (request: CreateSchedule, account: ServedAccount): Span => ({
  recurrence: request.recurrence,
  startAt: request.startAt ? businessInstant(request.startAt) : account.businessNow(),
  endAt: request.endAt && businessInstant(request.endAt),
  maxOccurrences: request.maxOccurrences,
});

const scheduleOf = ({ request, span, key, account }: Asked): Schedule => {
  const { order } = request;
  const canKeep = account.provider.capabilities(account.access).providerSchedule;
  const plan = { ...span, anchorAt: span.startAt, anchorNumber: 1, cancelAt: null };
  const now = account.businessNow();
  return {
    ...plan,
    id: newId(),
    providerAccountId: key.providerAccountId,
    billingKeyId: key.id,
    externalId: request.externalId,
    orderId: order.orderId,
    orderName: order.name,
    orderItems: order.items,
    ...order.amount,
    execution: request.execution ?? (canKeep ? 'PROVIDER_SCHEDULED' : 'SERVICE_DISPATCHED'),
    retryPolicyId: request.retryPolicyId ?? null,
    status: 'ACTIVE',
    nextNumber: 1,
    nextDueAt: dueOf(plan, 1),
    ...{ skippedPauses: [], skipDueBefore: null, pausedAt: null },
    firstAmountMinor: request.firstAmount?.amountMinor ?? null,
    catchUp: request.catchUp,
    whenPreviousOpen: request.whenPreviousOpen,
    ...{ cancelAt: null, pendingChange: null, pendingChangeAt: null },
    pauseReason: null,
    version: 1,
    requestHash: request.requestHash,
    createdAt: now,
    updatedAt: now,
  };
};
