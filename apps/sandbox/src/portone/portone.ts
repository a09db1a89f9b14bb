import { randomBytes } from 'node:crypto';
import type { Account, SandboxCore, Strike } from '../core/index.js';
import type { Answer } from './answer.js';
import { Charging } from './charging.js';
import type { Fields } from './fields.js';
import type { JsonText } from './json-text.js';
import type { Channel } from './present.js';
import type { PaymentRow, ScheduleRow } from './rows.js';
import { presentPayment, presentSchedule } from './present.js';
import { Scheduling } from './scheduling.js';
import { PortoneState } from './state.js';
import { Tokens } from './tokens.js';

/** One authorised request, read. */
export interface Call {
  account: Account;
  body: Fields;
  query: Fields;
  params: Readonly<Record<string, string>>;
  userAgent: string | null;
  strike: Strike | undefined;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

/** How a route file brings its endpoints under the token. */
export type AddRoute = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  handler: Handler,
) => void;

/** The pretended PortOne: its memory, its PG and its clockwork. */
export class Portone {
  readonly state: PortoneState;
  readonly tokens: Tokens;
  readonly charging: Charging;
  readonly scheduling: Scheduling;

  constructor(readonly core: SandboxCore) {
    defineSwitches(core);
    this.state = new PortoneState(core);
    this.tokens = new Tokens(core);
    this.charging = new Charging(core, this.state);
    this.scheduling = new Scheduling(core, this.state, this.charging);
  }

  nowSeconds(account: Account): number {
    return Math.floor(this.core.clock.nowMs(account.key) / 1000);
  }

  /** A uid nobody chose, for keys made in bulk. */
  nextCustomerUid(): string {
    return `cust_${randomBytes(12).toString('hex')}`;
  }

  channel(): Channel {
    const isSandbox = this.core.switches.get('portoneChannel') === 'test';
    return { pgProvider: 'nice', pgId: 'nictest04m', isSandbox };
  }

  presentPayment(row: PaymentRow): JsonText {
    return presentPayment(row, this.channel());
  }

  presentSchedule(row: ScheduleRow): Record<string, unknown> {
    const payment = row.impUid === null ? undefined : this.state.payments.get(row.impUid);
    if (row.status === 'executed' && this.isHidden(row.account, row.merchantUid, row.executedAt)) {
      const waiting = { ...row, status: 'scheduled', executedAt: 0, impUid: null } as const;
      return presentSchedule({ ...waiting, failReason: null }, null, this.channel());
    }
    return presentSchedule(row, payment ?? null, this.channel());
  }

  /** Whether look-ups lag so far behind that this payment is not yet to be seen. */
  isHiddenPayment(row: PaymentRow): boolean {
    return this.isHidden(row.account, row.merchantUid, row.startedAt);
  }

  private isHidden(account: string, reference: string, madeAt: number): boolean {
    if (this.core.faults.isCalm) return false;
    const path = '/portone/payments';
    const occasion = { provider: 'PORTONE', method: 'GET', path, reference, account } as const;
    const lagSeconds = this.core.faults.lookupLagSeconds(occasion);
    return lagSeconds > 0 && this.core.clock.nowMs(account) < (madeAt + lagSeconds) * 1000;
  }
}

const defineSwitches = ({ switches }: SandboxCore): void => {
  switches.define('duplicateGuard', {
    values: ['strict', 'paid-only', 'none', 'racy'],
    default: 'paid-only',
    description: 'PortOne: which earlier payments of a merchant_uid forbid another',
  });
  switches.define('portoneUnknownKey', {
    values: ['recorded', 'spec'],
    default: 'recorded',
    description: 'PortOne: an unknown customer_uid answers HTTP 200 with code 1, or 404',
  });
  switches.define('portoneUnknownBuyerCode', {
    values: ['1', '-1'],
    default: '1',
    description: 'PortOne: the code of again with an unknown customer_uid',
  });
  switches.define('portoneScheduleLists', {
    values: ['paged', 'array'],
    default: 'paged',
    description:
      'PortOne: schedule lists are paged objects (its clients) or bare arrays (its spec)',
  });
  switches.define('portoneMissingToken', {
    values: ['401', '400'],
    default: '401',
    description: 'PortOne: the HTTP status of a request without a token',
  });
  switches.define('portoneCancelWithoutUid', {
    values: ['200', '400'],
    default: '200',
    description: 'PortOne: the HTTP status of a cancel that names no payment',
  });
  switches.define('portoneCancelDelaySeconds', {
    values: 'number',
    default: 0,
    description: 'PortOne: how long a cancel is only taken in, on the account clock, in seconds',
  });
  switches.define('portoneChannel', {
    values: ['live', 'test'],
    default: 'live',
    description: 'PortOne: payments of a test channel are hidden unless include_sandbox=true',
  });
  switches.define('scheduleLatenessSeconds', {
    values: 'number',
    default: 0,
    description: 'PortOne: how many seconds after schedule_at a scheduled payment fires',
  });
};
