import type { ProviderHalf } from '../core/index.js';
import { majorOf } from './fields.js';
import type { Portone } from './portone.js';
import type { KeyRow, PaymentRow, ScheduleRow } from './rows.js';

const timeOf = (seconds: number): string => new Date(seconds * 1000).toISOString();

const showPayment = (row: PaymentRow): object => ({
  provider: 'PORTONE',
  id: row.impUid,
  reference: row.merchantUid,
  billingKey: row.customerUid,
  amount: majorOf(row.amountMinor, row.currency),
  currency: row.currency,
  status: row.status,
  reason: row.failReason,
  at: timeOf(row.startedAt),
});

const showKey = (row: KeyRow): object => ({
  provider: 'PORTONE',
  id: row.customerUid,
  card: row.card.masked,
  at: timeOf(row.insertedAt),
});

const showSchedule = (row: ScheduleRow): object => ({
  provider: 'PORTONE',
  reference: row.merchantUid,
  billingKey: row.customerUid,
  amount: majorOf(row.amountMinor, row.currency),
  currency: row.currency,
  status: row.status,
  at: timeOf(row.scheduleAt),
  payment: row.impUid,
});

/** What a person sees of this half on the sandbox's page. */
export const overviewOf = ({ state }: Portone): NonNullable<ProviderHalf['overview']> => ({
  payments: (newest) => newest(state.payments.values()).map(showPayment),
  billingKeys: (newest) => newest(state.allKeys()).map(showKey),
  schedules: (newest) => newest(state.allSchedules()).map(showSchedule),
});
