import { done, failed, MESSAGES, notFound, unknownKey, type Answer } from './answer.js';
import { declineOf, pgText } from './declines.js';
import { findTooLong, integerIn, invalid, listIn, missing, textIn, type Fields } from './fields.js';
import { pageOf, readPaging } from './paging.js';
import type { AddRoute, Call, Portone } from './portone.js';
import { presentKey } from './present.js';
import { buyerIn, readCard, storedCardOf } from './reading.js';
import type { KeyRow } from './rows.js';
import { findTestCard, isDecline } from './test-cards.js';
import { listSchedules } from './schedule-lists.js';

/** As many as a multi-get of payments takes. */
const MOST_KEYS = 100;

export const addCustomerRoutes = (add: AddRoute, portone: Portone): void => {
  const path = '/subscribe/customers/:customer_uid';
  add('POST', path, (call) => issueKey(portone, call));
  add('GET', path, (call) => {
    const key = portone.state.findKey(call.account.key, call.params['customer_uid'] ?? '');
    return key ? done(presentKey(key, portone.channel())) : unknown(portone, call);
  });
  add('DELETE', path, (call) => {
    const key = portone.state.findKey(call.account.key, call.params['customer_uid'] ?? '');
    if (!key) return unknown(portone, call);
    portone.state.deleteKey(key);
    return done(presentKey(key, portone.channel()));
  });
  add('GET', '/subscribe/customers', (call) => getKeys(portone, call));
  add('GET', `${path}/payments`, (call) => listPayments(portone, call));
  add('GET', `${path}/schedules`, (call) => listSchedules(portone, call, 'CUSTOMER'));
};

/** The specification says 404; every recording says 200 with a code. */
const unknown = (portone: Portone, call: Call): Answer => {
  const message = unknownKey(call.params['customer_uid'] ?? '');
  const isSpec = portone.core.switches.get('portoneUnknownKey') === 'spec';
  return isSpec ? notFound(message) : failed(message);
};

const issueKey = (portone: Portone, { account, body, params }: Call): Answer => {
  const customerUid = params['customer_uid'] ?? '';
  if (customerUid.trim() === '') return missing('customer_uid');
  const problem = findTooLong({ ...body, customer_uid: customerUid });
  if (problem) return problem;
  const group = textIn(body, 'channel_group_id');
  if (group !== undefined && group.length > 55) return invalid('channel_group_id');
  const kept = keepCard(
    portone,
    { account: account.key, customerUid, body },
    MESSAGES.issueRefused,
  );
  if ('problem' in kept) return kept.problem;
  const presented = presentKey(kept.key, portone.channel());
  return done(group === undefined ? presented : superKey(presented));
};

/** A key in every channel of a group answers in another shape. */
const superKey = (key: Record<string, unknown>): Record<string, unknown> => {
  const customer = Object.entries(key).filter(([name]) => name.startsWith('customer_'));
  const { inserted, ...channel } = key;
  return {
    ...Object.fromEntries(customer),
    inserted,
    succeededChannels: [channel],
    failedChannels: [],
  };
};

/** Registers the card under the uid; a uid that has a card gets the new one. */
export const keepCard = (
  portone: Portone,
  order: { account: string; customerUid: string; body: Fields },
  refusal: string,
): { key: KeyRow } | { problem: Answer } => {
  const { account, customerUid, body } = order;
  const read = readCard(body);
  if (read.problem) return { problem: read.problem };
  const card = read.value;
  if (!card) return { problem: failed(`${refusal} ${MESSAGES.invalidCard}`, { code: -1 }) };
  if (card.failsAtRegistration && isDecline(card.fate)) {
    return { problem: failed(`${refusal} ${pgText(declineOf(card.fate))}`, { code: -1 }) };
  }
  const nowSeconds = Math.floor(portone.core.clock.nowMs(account) / 1000);
  const earlier = portone.state.findKey(account, customerUid);
  const key: KeyRow = {
    account,
    customerUid,
    card: storedCardOf(card),
    customerId: textIn(body, 'customer_id') ?? null,
    customer: buyerIn(body, 'customer') ?? buyerIn(body, 'buyer'),
    insertedAt: earlier?.insertedAt ?? nowSeconds,
    updatedAt: nowSeconds,
  };
  portone.state.putKey(key);
  return { key };
};

const getKeys = (portone: Portone, { account, query }: Call): Answer => {
  const uids = [...new Set(listIn(query, 'customer_uid'))];
  if (uids.length === 0) return missing('customer_uid');
  if (uids.length > MOST_KEYS) return invalid('customer_uid');
  const keys = uids.flatMap((uid) => portone.state.findKey(account.key, uid) ?? []);
  if (keys.length === 0) return notFound(unknownKey(uids.join(', ')));
  // Not in the order of the request: clients may not lean on it.
  const found = keys.reverse().map((key) => presentKey(key, portone.channel()));
  return done(found, keys.length < uids.length ? 207 : 200);
};

const listPayments = (portone: Portone, call: Call): Answer => {
  const customerUid = call.params['customer_uid'] ?? '';
  const isSpec = portone.core.switches.get('portoneUnknownKey') === 'spec';
  if (isSpec && !portone.state.findKey(call.account.key, customerUid))
    return unknown(portone, call);
  const page = integerIn(call.query, 'page') ?? 1;
  const paging = readPaging({ page: String(page) });
  if (!paging) return invalid('page');
  const rows = [...portone.state.paymentsIn(call.account.key)]
    .filter((row) => row.customerUid === customerUid && !portone.isHiddenPayment(row))
    .reverse();
  return done(pageOf(rows, paging, (row) => portone.presentPayment(row)));
};

/** Keys in bulk, as if each had been issued with this card. */
export const makeKeys = (
  portone: Portone,
  input: { count: number; cardNumber: string; account?: string },
): string[] => {
  const card = findTestCard(input.cardNumber);
  if (!card || card.failsAtRegistration) {
    throw new Error('cardNumber: expected a card that registers, see GET /control/cards');
  }
  const account = input.account ?? 'imp_sandbox';
  const nowSeconds = Math.floor(portone.core.clock.nowMs(account) / 1000);
  const stored = storedCardOf(card);
  const ids: string[] = [];
  for (let made = 0; made < input.count; made += 1) {
    const customerUid = portone.nextCustomerUid();
    const times = { insertedAt: nowSeconds, updatedAt: nowSeconds };
    const customer = { customerId: null, customer: null };
    portone.state.putKey({ account, customerUid, card: stored, ...customer, ...times });
    ids.push(customerUid);
  }
  return ids;
};
