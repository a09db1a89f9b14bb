import { badRequest, done, notFound, unknownKey, type Answer } from './answer.js';
import { integerIn, invalid, missing, textIn } from './fields.js';
import { pageOf, readPaging } from './paging.js';
import type { Call, Portone } from './portone.js';
import type { ScheduleRow } from './rows.js';

/** Three months, at their longest. */
const WINDOW_SECONDS = 92 * 24 * 60 * 60;

/** The two kinds of list name their filters differently. */
const NAMES = {
  CUSTOMER: { from: 'from', to: 'to', status: 'schedule-status' },
  ALL: { from: 'schedule_from', to: 'schedule_to', status: 'schedule_status' },
} as const;

/** Newest first; `from` counts in, `to` does not. */
export const listSchedules = (portone: Portone, call: Call, kind: keyof typeof NAMES): Answer => {
  const { query, account, params } = call;
  const names = NAMES[kind];
  for (const name of [names.from, names.to]) if (query[name] === undefined) return missing(name);
  const from = integerIn(query, names.from) ?? Number.NaN;
  const to = integerIn(query, names.to) ?? Number.NaN;
  if (!(from >= 0)) return invalid(names.from);
  if (!(to >= from)) return invalid(names.to);
  if (to - from > WINDOW_SECONDS) return badRequest('조회기간은 최대 3개월입니다.');
  const status = textIn(query, names.status);
  if (status !== undefined && !['scheduled', 'executed', 'revoked'].includes(status)) {
    return invalid(names.status);
  }
  const paging = readPaging(kind === 'ALL' ? query : { page: query['page'] });
  if (!paging) return invalid('page');
  const customerUid = kind === 'CUSTOMER' ? (params['customer_uid'] ?? '') : undefined;
  if (customerUid !== undefined && isUnknownBySpec(portone, call, customerUid)) {
    return notFound(unknownKey(customerUid));
  }
  const rows: ScheduleRow[] = [];
  for (const row of portone.state.schedulesIn(account.key)) {
    if (row.scheduleAt < from || row.scheduleAt >= to) continue;
    if (customerUid !== undefined && row.customerUid !== customerUid) continue;
    if (status === undefined || row.status === status) rows.push(row);
  }
  const isOldestFirst = kind === 'ALL' && query['sorting'] === 'scheduled';
  rows.sort((left, right) => (left.scheduleAt - right.scheduleAt) * (isOldestFirst ? 1 : -1));
  const page = pageOf(rows, paging, (row) => portone.presentSchedule(row));
  return done(portone.core.switches.get('portoneScheduleLists') === 'array' ? page.list : page);
};

const isUnknownBySpec = (portone: Portone, call: Call, customerUid: string): boolean =>
  portone.core.switches.get('portoneUnknownKey') === 'spec' &&
  !portone.state.findKey(call.account.key, customerUid);
