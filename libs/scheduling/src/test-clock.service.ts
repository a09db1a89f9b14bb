import { setTimeout as pause } from 'node:timers/promises';
import { newId } from '#kernel';
import { businessInstant, businessTimeOf, monotonicMs } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { ChargesDependencies } from '#charges';
import { hasten, refusal } from '#merchants';

import { sandboxOf, type ClockOperation, type ClockOutcome } from './clock-operation.js';
import type { ScheduleRefusal } from './schedule-check.js';
import {
  findCompletedTo,
  findOperation,
  findRunning,
  insertOperation,
  readOutcome,
  shortenOperation,
} from './test-clock.repository.js';

export type ClockAnswer =
  | {
      readonly kind: 'ANSWERED';
      readonly operation: ClockOperation;
      readonly outcome: ClockOutcome;
    }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly ScheduleRefusal[] };

/** The contract: a call waits at most this long, and the same call again joins the operation. */
const WAIT_MS = 60_000;
/** Often enough that the answer does not lag behind, seldom enough to disturb nobody. */
const LOOK_EVERY_MS = 100;
/** A century ahead: what schedules can number ends before the calendar's last year. */
const AHEAD_ALLOWED_MS = 100 * 366 * 86_400_000;

/** Moving the clock of an account that is on a test clock. */
export class TestClocks {
  constructor(private readonly dependencies: Pick<ChargesDependencies, 'database' | 'accounts'>) {}

  /** Starts, or joins, and waits for the end of it for a while. */
  async advance(
    merchantId: string,
    providerAccountId: string | undefined,
    to: Date,
  ): Promise<ClockAnswer> {
    const started = await this.dependencies.database.withMerchant(merchantId, (tx) =>
      this.start(tx, merchantId, { providerAccountId, to }),
    );
    if ('refusals' in started) return { kind: 'REFUSED', refusals: started.refusals };
    const giveUpAt = monotonicMs() + WAIT_MS;
    for (;;) {
      const answer = await this.look(merchantId, started.id, monotonicMs() > giveUpAt);
      if (answer) return answer;
      await pause(LOOK_EVERY_MS);
    }
  }

  /** What happened is read once, when there is something to answer. */
  private look(
    merchantId: string,
    id: string,
    isEnough: boolean,
  ): Promise<ClockAnswer | undefined> {
    return this.dependencies.database.withMerchant(merchantId, async (tx) => {
      const operation = await findOperation(tx, merchantId, id);
      if (!operation || (operation.status === 'RUNNING' && !isEnough)) return undefined;
      return { kind: 'ANSWERED', operation, outcome: await readOutcome(tx, operation) };
    });
  }

  private async start(
    tx: Transaction,
    merchantId: string,
    asked: { readonly providerAccountId: string | undefined; readonly to: Date },
  ): Promise<{ id: string } | { refusals: ScheduleRefusal[] }> {
    const { providerAccountId, to } = asked;
    const opened =
      providerAccountId &&
      (await this.dependencies.accounts.openIn(tx, merchantId, providerAccountId));
    if (!opened)
      return refuse('NOT_FOUND', 'providerAccountId', 'expected a provider account of yours');
    const { id: accountId, clockMode, clockOffsetMs, baseUrl } = opened.account;
    if (clockMode !== 'TEST' || !sandboxOf(baseUrl))
      return refuse(
        'INVALID_STATE',
        'providerAccountId',
        'expected an account of the sandbox on a test clock, found one on the real clock',
      );
    const running = await findRunning(tx, merchantId, accountId);
    if (running) return join(tx, running, to);
    const fromAt = businessTimeOf(tx.now, clockOffsetMs);
    if (to < fromAt)
      return (
        (await findCompletedTo(tx, merchantId, { providerAccountId: accountId, toAt: to })) ??
        refuse(
          'INVALID_TIME',
          'to',
          `expected a time at or after ${fromAt.toISOString()}, since a clock never goes back; found ${to.toISOString()}`,
        )
      );
    if (to.getTime() - fromAt.getTime() > AHEAD_ALLOWED_MS)
      return refuse('INVALID_TIME', 'to', 'expected a time within a century');
    const operation = { id: newId(), merchantId, providerAccountId: accountId, fromAt };
    await insertOperation(tx, { ...operation, toAt: businessInstant(to) });
    await hasten(tx, [{ providerAccountId: accountId, lane: 'CLOCK', at: tx.now }]);
    // Somebody else's may have been first by a moment.
    const winner = await findRunning(tx, merchantId, accountId);
    return winner ? join(tx, winner, to) : operation;
  }
}

const refuse = (code: ScheduleRefusal['code'], field: string, message: string) => ({
  refusals: [refusal(code, [field], message)],
});

/** The same time joins what runs; an earlier one has it end there, or where it is by now, so that a year too many can be called off. */
const join = async (
  tx: Transaction,
  running: ClockOperation,
  to: Date,
): Promise<{ id: string } | { refusals: ScheduleRefusal[] }> => {
  if (to > running.toAt || to < running.fromAt)
    return refuse(
      'INVALID_STATE',
      'to',
      `expected ${running.toAt.toISOString()}, to which this clock is being moved, or an earlier time at which it is to stop; found ${to.toISOString()}`,
    );
  if (to < running.toAt) await shortenOperation(tx, running, businessInstant(to));
  return running;
};
