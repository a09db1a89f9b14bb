import { badRequest, done, failed, MESSAGES, notFound, type Answer } from './answer.js';
import { keepCard } from './customers.routes.js';
import {
  findTooLong,
  integerIn,
  invalid,
  isFields,
  listIn,
  missing,
  minorOf,
  textIn,
  type Fields,
} from './fields.js';
import type { AddRoute, Call, Portone } from './portone.js';
import { mergeBuyers, readOrder } from './reading.js';
import type { KeyRow, ScheduleRow } from './rows.js';
import { checkCard } from './card-check.js';
import { listSchedules } from './schedule-lists.js';

/** Nothing is documented: a thousand in one call is this sandbox's own bound. */
const MOST_SCHEDULES = 1000;
/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799;

export const addScheduleRoutes = (add: AddRoute, portone: Portone): void => {
  const one = '/subscribe/payments/schedule/:merchant_uid';
  add('POST', '/subscribe/payments/schedule', (call) => schedule(portone, call));
  add('POST', '/subscribe/payments/unschedule', (call) => unschedule(portone, call));
  add('GET', '/subscribe/payments/schedule', (call) => listSchedules(portone, call, 'ALL'));
  add('GET', '/subscribe/payments/schedule/customers/:customer_uid', (call) =>
    listSchedules(portone, call, 'CUSTOMER'),
  );
  add('GET', one, (call) => {
    const row = findOne(portone, call);
    return row ? done(portone.presentSchedule(row)) : notFound(MESSAGES.noSchedule);
  });
  add('PUT', one, (call) => move(portone, call));
  add('POST', `${one}/reschedule`, (call) => reschedule(portone, call));
  add('POST', `${one}/retry`, (call) => retry(portone, call));
};

const findOne = (portone: Portone, { account, params }: Call): ScheduleRow | undefined =>
  portone.state.findSchedule(account.key, params['merchant_uid'] ?? '');

const schedulesIn = (body: Fields): unknown[] => {
  const value = body['schedules'];
  if (Array.isArray(value)) return value;
  // By form: schedules[0][merchant_uid]=…, or a JSON text in one field.
  if (isFields(value)) return Object.values(value);
  if (typeof value !== 'string' || !value.startsWith('[')) return [];
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
};

/** The whole batch or none of it. */
const schedule = (portone: Portone, call: Call): Answer => {
  const { account, body } = call;
  const problem = findTooLong({ customer_uid: body['customer_uid'] });
  if (problem) return problem;
  const customerUid = textIn(body, 'customer_uid');
  if (customerUid === undefined) return missing('customer_uid');
  const inputs = schedulesIn(body);
  if (inputs.length === 0) return missing('schedules');
  if (inputs.length > MOST_SCHEDULES) return invalid('schedules');
  const rows: ScheduleRow[] = [];
  for (const input of inputs) {
    const row = readSchedule(portone, call, { input, customerUid });
    if ('status' in row && 'response' in row) return row;
    rows.push(row);
  }
  const uids = new Set(rows.map((row) => row.merchantUid));
  const taken = rows.some((row) => isTaken(portone, row));
  if (uids.size < rows.length || taken) return failed(MESSAGES.alreadyScheduled);
  const paid = rows.some(({ merchantUid }) =>
    portone.charging.isDuplicate(account, merchantUid, portone.charging.guardMode(call.strike)),
  );
  if (paid) return failed(MESSAGES.alreadyOrdered);
  const key = keyFor(portone, call, customerUid);
  if ('problem' in key) return key.problem;
  const checked = check(portone, call, key.key);
  if (checked) return checked;
  for (const row of rows) {
    row.buyer = mergeBuyers(row.buyer, key.key.customer);
    portone.scheduling.put(row);
  }
  return done(rows.map((row) => portone.presentSchedule(row)));
};

/** A registered key, or a new one from the card that came along. */
const keyFor = (
  portone: Portone,
  { account, body }: Call,
  customerUid: string,
): { key: KeyRow } | { problem: Answer } => {
  const key = portone.state.findKey(account.key, customerUid);
  if (key) return { key };
  if (textIn(body, 'card_number') === undefined)
    return { problem: failed(MESSAGES.unknownCustomer) };
  const order = { account: account.key, customerUid, body };
  const kept = keepCard(portone, order, MESSAGES.scheduleCardRefused);
  // Recorded with code 1 here, unlike the other places that refuse a card.
  if ('problem' in kept && kept.problem.status === 200)
    return { problem: { ...kept.problem, code: 1 } };
  return kept;
};

const check = (portone: Portone, call: Call, key: KeyRow): Answer | undefined => {
  const given = call.body['checking_amount'];
  const amountMinor = given === undefined || given === null ? 0 : minorOf(given, 'KRW');
  if (amountMinor === undefined || amountMinor < 0) return invalid('checking_amount');
  return amountMinor === 0 ? undefined : checkCard(portone, call.account, { key, amountMinor });
};

const readSchedule = (
  portone: Portone,
  { account }: Call,
  { input, customerUid }: { input: unknown; customerUid: string },
): ScheduleRow | Answer => {
  if (!isFields(input)) return invalid('schedules');
  const read = readOrder(input);
  if (read.problem) return read.problem;
  const scheduleAt = integerIn(input, 'schedule_at');
  if (scheduleAt === undefined) return missing('schedule_at');
  if (!(scheduleAt <= LAST_SECOND)) return invalid('schedule_at');
  if (scheduleAt * 1000 <= portone.core.clock.nowMs(account.key))
    return failed(MESSAGES.scheduleInPast);
  return {
    ...read.value,
    account: account.key,
    customerUid,
    scheduleAt,
    status: 'scheduled',
    executedAt: 0,
    revokedAt: 0,
    impUid: null,
    failReason: null,
  };
};

/** A merchant_uid that waits, or was paid by schedule, is taken; one revoked or failed may be scheduled anew. */
const isTaken = (portone: Portone, { account, merchantUid }: ScheduleRow): boolean =>
  portone.state.findSchedule(account, merchantUid)?.status === 'scheduled';

const unschedule = (portone: Portone, { account, body }: Call): Answer => {
  const customerUid = textIn(body, 'customer_uid');
  const merchantUids = listIn(body, 'merchant_uid');
  if (customerUid === undefined && merchantUids.length === 0) return missing('customer_uid');
  const rows: ScheduleRow[] = [];
  if (merchantUids.length > 0) {
    for (const merchantUid of new Set(merchantUids)) {
      const row = portone.state.findSchedule(account.key, merchantUid);
      if (row && (customerUid === undefined || row.customerUid === customerUid)) rows.push(row);
    }
  } else {
    for (const row of portone.state.schedulesIn(account.key)) {
      if (row.customerUid === customerUid) rows.push(row);
    }
  }
  const waiting = rows.filter((row) => row.status === 'scheduled');
  if (waiting.length === 0) return failed(MESSAGES.nothingToUnschedule);
  for (const row of waiting) portone.scheduling.revoke(row);
  return done(waiting.map((row) => portone.presentSchedule(row)));
};

/** The new time, or what is wrong with it: these two routes say so with HTTP 400. */
const readNewTime = (portone: Portone, { account, body }: Call): number | Answer => {
  const scheduleAt = integerIn(body, 'schedule_at');
  if (scheduleAt === undefined) return missing('schedule_at');
  if (!(scheduleAt <= LAST_SECOND)) return invalid('schedule_at');
  const isPast = scheduleAt * 1000 <= portone.core.clock.nowMs(account.key);
  return isPast ? badRequest(MESSAGES.scheduleInPast) : scheduleAt;
};

const move = (portone: Portone, call: Call): Answer => {
  const row = findOne(portone, call);
  if (!row) return notFound(MESSAGES.noSchedule);
  const scheduleAt = readNewTime(portone, call);
  if (typeof scheduleAt !== 'number') return scheduleAt;
  if (row.status !== 'scheduled') return badRequest(MESSAGES.scheduleNotPending);
  row.scheduleAt = scheduleAt;
  portone.scheduling.put(row);
  return done(portone.presentSchedule(row));
};

const isRetryable = (portone: Portone, row: ScheduleRow): boolean => {
  if (row.status === 'revoked') return true;
  if (row.status === 'scheduled') return false;
  return row.impUid === null || portone.state.payments.get(row.impUid)?.status === 'failed';
};

const reschedule = (portone: Portone, call: Call): Answer => {
  const row = findOne(portone, call);
  if (!row) return notFound(MESSAGES.noSchedule);
  const scheduleAt = readNewTime(portone, call);
  if (typeof scheduleAt !== 'number') return scheduleAt;
  if (!isRetryable(portone, row)) return badRequest(MESSAGES.scheduleNotRetryable);
  const anew = { status: 'scheduled', executedAt: 0, revokedAt: 0, impUid: null } as const;
  Object.assign(row, anew, { scheduleAt, failReason: null });
  portone.scheduling.put(row);
  return done(portone.presentSchedule(row));
};

const retry = async (portone: Portone, call: Call): Promise<Answer> => {
  const row = findOne(portone, call);
  if (!row) return notFound(MESSAGES.noSchedule);
  if (!isRetryable(portone, row)) return badRequest(MESSAGES.scheduleNotRetryable);
  const order = portone.scheduling.orderOf(row);
  if (!order) return notFound(MESSAGES.unknownCustomer);
  const again = { ...order, userAgent: call.userAgent };
  const { payment, refusal } = await portone.charging.charge(again, call.strike);
  if (refusal) return refusal;
  const executedAt = portone.nowSeconds(call.account);
  Object.assign(row, { status: 'executed', executedAt, impUid: payment.impUid });
  row.failReason = payment.failReason;
  portone.state.putSchedule(row);
  return done(portone.presentPayment(payment));
};
