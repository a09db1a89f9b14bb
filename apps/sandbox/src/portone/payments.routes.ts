import { done, failed, MESSAGES, notFound, badRequest, type Answer } from './answer.js';
import { cancelPayment, planCancel } from './cancelling.js';
import {
  flagIn,
  integerIn,
  invalid,
  listIn,
  minorOf,
  missing,
  textIn,
  type Fields,
} from './fields.js';
import { notify } from './notifications.js';
import { pageOf, readPaging } from './paging.js';
import { isSorting, sorted } from './payment-sorting.js';
import type { AddRoute, Call, Portone } from './portone.js';
import { restMinor } from './present.js';
import type { PaymentRow, PaymentStatus } from './rows.js';

/** PortOne's own bounds: a hundred in a multi-get, ninety days in a list. */
const MOST_PAYMENTS = 100;
const WINDOW_SECONDS = 90 * 24 * 60 * 60;

const STATUSES: readonly string[] = [
  'ready',
  'paid',
  'failed',
  'cancelled',
] satisfies PaymentStatus[];

export const addPaymentRoutes = (add: AddRoute, portone: Portone): void => {
  add('POST', '/payments/cancel', (call) => cancel(portone, call));
  add('GET', '/payments', (call) => getMany(portone, call));
  add('GET', '/payments/:imp_uid', (call) => getOne(portone, call));
  for (const path of ['', '/:payment_status']) {
    add('GET', `/payments/find/:merchant_uid${path}`, (call) => find(portone, call));
    add('GET', `/payments/findAll/:merchant_uid${path}`, (call) => findAll(portone, call));
  }
  add('GET', '/payments/status/:payment_status', (call) => listByStatus(portone, call));
};

const getOne = (portone: Portone, { account, params, query }: Call): Answer => {
  const row = portone.state.findPayment(account.key, params['imp_uid'] ?? '');
  if (!row || portone.isHiddenPayment(row)) return notFound(MESSAGES.noPayment);
  // Payments of a test channel hide unless asked for, on this route only.
  const isTest = portone.channel().isSandbox;
  if (isTest && !flagIn(query, 'include_sandbox')) return notFound(MESSAGES.noPayment);
  return done(portone.presentPayment(row));
};

const getMany = (portone: Portone, { account, query }: Call): Answer => {
  const impUids = [...new Set(listIn(query, 'imp_uid'))];
  const merchantUids = [...new Set(listIn(query, 'merchant_uid'))];
  const asked = impUids.length + merchantUids.length;
  if (asked === 0) return missing('imp_uid');
  if (asked > MOST_PAYMENTS) return invalid('imp_uid');
  const found = new Set<PaymentRow>();
  let missed = 0;
  const collect = (rows: readonly PaymentRow[]): void => {
    const seen = rows.filter((row) => !portone.isHiddenPayment(row));
    if (seen.length === 0) missed += 1;
    for (const row of seen) found.add(row);
  };
  for (const impUid of impUids) {
    const row = portone.state.findPayment(account.key, impUid);
    collect(row ? [row] : []);
  }
  for (const uid of merchantUids) collect(portone.state.paymentsOf(account.key, uid));
  if (found.size === 0) return notFound(MESSAGES.noPayment);
  // Not in the order of the request: recorded the other way round.
  const list = [...found].reverse().map((row) => portone.presentPayment(row));
  return done(list, missed > 0 ? 207 : 200);
};

/** The payments of a merchant_uid in the order asked for, or what is wrong with the question. */
const search = (portone: Portone, call: Call): PaymentRow[] | Answer => {
  const { account, params, query } = call;
  const status = params['payment_status'];
  if (status !== undefined && status !== '' && !STATUSES.includes(status)) {
    return badRequest(MESSAGES.badStatus);
  }
  const sorting = textIn(query, 'sorting') ?? '-started';
  if (!isSorting(sorting)) return invalid('sorting');
  const rows = portone.state
    .paymentsOf(account.key, params['merchant_uid'] ?? '')
    .filter((row) => !status || row.status === status)
    .filter((row) => !portone.isHiddenPayment(row));
  return sorted(rows, sorting);
};

const find = (portone: Portone, call: Call): Answer => {
  const rows = search(portone, call);
  if (!Array.isArray(rows)) return rows;
  const [first] = rows;
  return first ? done(portone.presentPayment(first)) : notFound(MESSAGES.noPayment);
};

const findAll = (portone: Portone, call: Call): Answer => {
  const paging = readPaging(call.query);
  if (!paging) return invalid('page');
  const rows = search(portone, call);
  if (!Array.isArray(rows)) return rows;
  if (rows.length === 0) return notFound(MESSAGES.noPayment);
  return done(pageOf(rows, paging, (row) => portone.presentPayment(row)));
};

/** Which time of a payment a list by status goes by. */
const timeFor = (status: string, row: PaymentRow): number => {
  if (status === 'paid') return row.paidAt;
  if (status === 'failed') return row.failedAt;
  if (status === 'cancelled') return row.cancels?.at(-1)?.cancelledAt ?? 0;
  return row.startedAt;
};

const listByStatus = (portone: Portone, { account, params, query }: Call): Answer => {
  const status = params['payment_status'] ?? '';
  if (status !== 'all' && !STATUSES.includes(status)) return badRequest(MESSAGES.badStatus);
  const sorting = textIn(query, 'sorting') ?? '-started';
  if (!isSorting(sorting)) return invalid('sorting');
  const paging = readPaging(query);
  if (!paging) return invalid('page');
  const to = integerIn(query, 'to') ?? portone.nowSeconds(account);
  const from = integerIn(query, 'from') ?? to - WINDOW_SECONDS;
  if (!(to >= 0)) return invalid('to');
  if (!(from <= to)) return invalid('from');
  if (to - from > WINDOW_SECONDS) return badRequest('조회기간은 최대 90일입니다.');
  const rows: PaymentRow[] = [];
  for (const row of portone.state.paymentsIn(account.key)) {
    if (status !== 'all' && row.status !== status) continue;
    const time = timeFor(status, row);
    if (time >= from && time <= to && !portone.isHiddenPayment(row)) rows.push(row);
  }
  const isOutOfRange = paging.page > 1 && (paging.page - 1) * paging.limit >= rows.length;
  if (isOutOfRange) return invalid('page');
  return done(pageOf(sorted(rows, sorting), paging, (row) => portone.presentPayment(row)));
};

/** imp_uid wins: a wrong one fails even beside a right merchant_uid. */
const findToCancel = (portone: Portone, account: string, body: Fields): PaymentRow | undefined => {
  const impUid = textIn(body, 'imp_uid');
  if (impUid !== undefined) return portone.state.findPayment(account, impUid);
  const rows = portone.state.paymentsOf(account, textIn(body, 'merchant_uid') ?? '');
  return (
    rows.findLast((row) => row.status === 'paid') ??
    rows.findLast((row) => row.status === 'cancelled')
  );
};

const cancel = (portone: Portone, { account, body }: Call): Answer => {
  if (textIn(body, 'imp_uid') === undefined && textIn(body, 'merchant_uid') === undefined) {
    const status = Number(portone.core.switches.get('portoneCancelWithoutUid'));
    return failed(MESSAGES.noUidToCancel, { status });
  }
  const payment = findToCancel(portone, account.key, body);
  if (!payment || (payment.status !== 'paid' && payment.status !== 'cancelled')) {
    return failed(MESSAGES.nothingToCancel);
  }
  const rest = restMinor(payment);
  if (rest === 0) return failed(MESSAGES.alreadyCancelled);
  const { currency } = payment;
  const amount = amountIn(body, 'amount', currency);
  if (amount === undefined || amount < 0) return invalid('amount');
  const checksum = amountIn(body, 'checksum', currency);
  if (checksum === undefined) return invalid('checksum');
  const hasChecksum = (body['checksum'] ?? '') !== '';
  if (hasChecksum && checksum !== rest) return failed(MESSAGES.checksum);
  if (amount > rest) return failed(MESSAGES.overCancel);
  const reason = textIn(body, 'reason') ?? null;
  // No amount and 0 both mean all that is left.
  const asked = { amountMinor: amount || rest, reason };
  const delaySeconds = Number(portone.core.switches.get('portoneCancelDelaySeconds'));
  if (delaySeconds > 0) {
    planCancel(portone, payment, { ...asked, delaySeconds });
    return done(portone.presentPayment(payment));
  }
  const made = cancelPayment(portone, payment, asked);
  if (flagIn(body, 'enable_webhook')) {
    notify(portone.core, account, { payment, cancellationId: made.cancellationId });
  }
  return done(portone.presentPayment(payment));
};

/** 0 when absent, nothing when it is no amount. */
const amountIn = (body: Fields, name: string, currency: string): number | undefined => {
  const value = body[name];
  return value === undefined || value === null || value === '' ? 0 : minorOf(value, currency);
};
