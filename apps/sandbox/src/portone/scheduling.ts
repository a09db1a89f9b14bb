import type { SandboxCore } from '../core/index.js';
import { MESSAGES } from './answer.js';
import type { Charging, ChargeOrder } from './charging.js';
import { declineOf, pgText } from './declines.js';
import type { PaymentRow, ScheduleRow } from './rows.js';
import type { PortoneState } from './state.js';

/** Payments that PortOne holds and charges by itself at their time on the account's clock. */
export class Scheduling {
  constructor(
    private readonly core: SandboxCore,
    private readonly state: PortoneState,
    private readonly charging: Charging,
  ) {
    for (const row of state.allSchedules()) this.plan(row);
  }

  put(row: ScheduleRow): void {
    this.state.putSchedule(row);
    this.plan(row);
  }

  revoke(row: ScheduleRow): void {
    row.status = 'revoked';
    row.revokedAt = Math.floor(this.core.clock.nowMs(row.account) / 1000);
    this.state.putSchedule(row);
    const card = this.state.findKey(row.account, row.customerUid)?.card;
    if (card?.fate !== 'UNSTOPPABLE') this.core.clock.cancel(timerOf(row));
  }

  private plan(row: ScheduleRow): void {
    if (row.status !== 'scheduled') return;
    const lateMs = Number(this.core.switches.get('scheduleLatenessSeconds')) * 1000;
    const task = (): void => this.execute(row);
    const atMs = row.scheduleAt * 1000 + lateMs;
    this.core.clock.at(row.account, atMs, { key: timerOf(row), task });
  }

  private execute(row: ScheduleRow): void {
    if (row.status === 'executed') return;
    const payment = this.chargeNow(row);
    if (row.status === 'revoked') return; // its card is not to be stopped, and no list will say so
    row.status = 'executed';
    row.executedAt = Math.floor(this.core.clock.nowMs(row.account) / 1000);
    row.impUid = payment?.impUid ?? null;
    row.failReason = payment ? payment.failReason : MESSAGES.alreadyOrdered;
    this.state.putSchedule(row);
  }

  private chargeNow(row: ScheduleRow): PaymentRow | undefined {
    const order = this.orderOf(row);
    const strike = this.core.faults.isCalm
      ? undefined
      : this.core.faults.draw(
          {
            provider: 'PORTONE',
            method: 'CLOCK',
            path: '/portone/subscribe/payments/schedule',
            reference: row.merchantUid,
            account: row.account,
          },
          ['DURING'],
        );
    if (order) return this.charging.fire(order, strike);
    const account = this.core.accounts.get(row.account);
    if (!account) return undefined;
    // Its key was deleted while it waited: PortOne warns of that and revokes nothing.
    const card = { ...NO_CARD, fate: 'KEY_NOT_FOUND' as const };
    const gone = { ...chargeOf(row), account, card };
    return this.charging.fireFailed(
      gone,
      `${MESSAGES.unknownBuyer} ${pgText(declineOf('KEY_NOT_FOUND'))}`,
    );
  }

  /** The charge a schedule stands for; nothing when its key or account is gone. */
  orderOf(row: ScheduleRow): ChargeOrder | undefined {
    const account = this.core.accounts.get(row.account);
    const key = this.state.findKey(row.account, row.customerUid);
    if (!account || !key) return undefined;
    return { ...chargeOf(row), account, card: key.card };
  }
}

const NO_CARD = { brand: 'visa' as const, masked: '', isRefused: true };

const chargeOf = (row: ScheduleRow): Omit<ChargeOrder, 'account' | 'card'> => ({
  customerUid: row.customerUid,
  usage: 'payment.scheduled',
  buyer: row.buyer,
  userAgent: null,
  order: row,
});

const timerOf = (row: ScheduleRow): string => `schedule ${row.account} ${row.merchantUid}`;
