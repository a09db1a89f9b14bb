import { classOf } from '#kernel';
import type { BulkItemRequest, BulkRequest, PageRequest } from './bulk.request.js';
import { chargeAgreement, messageOf } from './charging.js';
import { declineOf } from './declines.js';
import { familyOf, type Family } from './families.js';
import { bulkPaymentId, newId, relatedId } from './ids.js';
import { cardOf, type BulkFate, type BulkItemRow, type BulkRow } from './model.js';
import { compact } from './present.js';
import { codeNumber } from './refusal.js';
import type { Nexi } from './state.js';
import { findTestCard } from './test-cards.js';

type Json = Record<string, unknown>;

/** Items done in one go at most: other requests get their turn in between. */
const ITEMS_PER_TURN = 500;
/** Items due within this of each other share a turn: finer steps cost more than they show. */
const TURN_MS = 25;
/** A stuck operation without a stated time: longer than anybody's patience. */
const STUCK_SECONDS = 86_400;

const toItemRow = (
  { state }: Nexi,
  item: BulkItemRequest,
  of: { account: string; family: Family },
): BulkItemRow => {
  const { externalReference, order, myReference } = item;
  const { account, family } = of;
  const agreement =
    externalReference === undefined
      ? state.findAgreement(account, family.kind, item.id ?? '')?.id
      : state.findImported(account, family.kind, externalReference)?.id;
  return {
    ...(agreement === undefined ? {} : { agreement }),
    ...(agreement === undefined && item.id !== undefined ? { unknown: item.id } : {}),
    ...(externalReference === undefined ? {} : { externalReference }),
    ...(order === undefined ? {} : { order }),
    ...(myReference === undefined ? {} : { myReference }),
  };
};

/** Whether faults are to meet this operation as a whole: decided once, when it is accepted. */
const drawFate = (
  { core }: Nexi,
  of: { account: string; path: string; reference: string; size: number; nowMs: number },
): BulkFate | undefined => {
  const { account, path, reference, size, nowMs } = of;
  const occasion = { provider: 'NEXI' as const, method: 'POST', path, reference, account };
  const strike = core.faults.isCalm ? undefined : core.faults.draw(occasion, ['BULK']);
  switch (strike?.rule.fate) {
    case 'bulk-stuck':
      return {
        fate: 'bulk-stuck',
        untilMs: nowMs + (strike.rule.options.seconds ?? STUCK_SECONDS) * 1000,
      };
    case 'bulk-item-missing':
      return { fate: 'bulk-item-missing', index: Math.floor(strike.luck * size) };
    case 'bulk-reordered':
      return { fate: 'bulk-reordered' };
    default:
      return undefined;
  }
};

/** Takes a bulk operation in. It begins a moment later and is done item by item on the account's clock. */
export const acceptBulk = (
  nexi: Nexi,
  request: BulkRequest,
  of: { account: string; family: Family; work: BulkRow['work'] },
): BulkRow => {
  const { core, state } = nexi;
  const { account, family, work } = of;
  const nowMs = core.clock.nowMs(account);
  const id = newId('bulk');
  const hooks = state.keepHooks(request.hooks);
  const fate = drawFate(nexi, {
    account,
    path: `/nexi/v1${family.path}/${work}`,
    reference: request.externalId ?? id,
    size: request.items.length,
    nowMs,
  });
  const bulk: BulkRow = {
    id,
    account,
    kind: family.kind,
    work,
    ...(hooks === undefined ? {} : { hooks }),
    atMs: nowMs,
    startMs: Number(core.switches.get('nexiBulkStartMs')),
    itemMs: Number(core.switches.get('nexiBulkItemMs')),
    items: request.items.map((item) => toItemRow(nexi, item, { account, family })),
    ...(fate === undefined ? {} : { fate }),
  };
  state.bulks.put(bulk);
  arm(nexi, bulk, 0);
  return bulk;
};

/** When the item with this index is done, ms on the account's clock. */
const dueAtMs = ({ atMs, startMs, itemMs, fate }: BulkRow, index: number): number =>
  Math.max(atMs, fate?.untilMs ?? 0) + startMs + index * itemMs;

const arm = (nexi: Nexi, bulk: BulkRow, completed: number): void => {
  const { clock } = nexi.core;
  // The first item may come alone; from then on they come by the handful.
  const stepMs = completed === 0 ? 0 : TURN_MS;
  const last = dueAtMs(bulk, bulk.items.length - 1);
  const atMs = Math.min(
    dueAtMs(bulk, completed) + stepMs,
    Math.max(last, clock.nowMs(bulk.account)),
  );
  const task = (): Promise<void> | void => {
    work(nexi, bulk.id);
    return nexi.core.flush();
  };
  clock.at(bulk.account, atMs, { key: `nexi-bulk ${bulk.id}`, task });
};

/** After a start: every unfinished operation goes on where it stopped. */
export const resumeBulks = (nexi: Nexi): void => {
  for (const bulk of nexi.state.bulks.values())
    if (!bulk.isDone) arm(nexi, bulk, nexi.state.progress.get(bulk.id)?.completed ?? 0);
};

const work = (nexi: Nexi, bulkId: string): void => {
  const { core, state } = nexi;
  const bulk = state.bulks.get(bulkId);
  if (!bulk || bulk.isDone) return;
  const nowMs = core.clock.nowMs(bulk.account);
  let completed = state.progress.get(bulkId)?.completed ?? 0;
  const limit = Math.min(bulk.items.length, completed + ITEMS_PER_TURN);
  while (completed < limit && dueAtMs(bulk, completed) <= nowMs) {
    if (bulk.work === 'charges') chargeItem(nexi, bulk, completed);
    completed += 1;
  }
  if (completed < bulk.items.length) {
    state.progress.put({ id: bulkId, completed });
    arm(nexi, bulk, completed);
    return;
  }
  state.bulks.put({ ...bulk, isDone: true, items: bulk.items.map(withoutOrder) });
  state.progress.delete(bulkId);
};

const withoutOrder = ({
  order: _order,
  myReference: _myReference,
  ...rest
}: BulkItemRow): BulkItemRow => rest;

const chargeItem = (nexi: Nexi, bulk: BulkRow, index: number): void => {
  const item = bulk.items[index];
  const agreement =
    item?.agreement === undefined ? undefined : nexi.state.agreements.get(item.agreement);
  if (!agreement || !item?.order) return;
  chargeAgreement(nexi, {
    agreement,
    order: item.order,
    ...(item.myReference === undefined ? {} : { myReference: item.myReference }),
    ...(bulk.hooks === undefined ? {} : { hooks: bulk.hooks }),
    paymentId: bulkPaymentId(bulk.id, index),
  });
};

const presentFailure = (code: string, message: string, source: string | undefined): Json =>
  compact({ status: 'Failed', message, code, source });

const presentCharge = (nexi: Nexi, bulk: BulkRow, index: number): Json => {
  const payment = nexi.state.payments.get(bulkPaymentId(bulk.id, index));
  if (!payment)
    return presentFailure(codeNumber('InvalidSubscription'), 'Subscription not found', 'Internal');
  if (payment.decline === undefined)
    return {
      paymentId: payment.id,
      chargeId: relatedId(payment.id, 'charge', 0),
      status: 'Succeeded',
    };
  const decline = declineOf(payment.decline);
  const failure = presentFailure(decline.code, messageOf(payment, decline), decline.source);
  return { paymentId: payment.id, ...failure };
};

/** A verification asks whether the card is alive: want of money today is no failure. */
const presentVerification = (nexi: Nexi, item: BulkItemRow): Json => {
  const agreement = nexi.state.agreements.get(item.agreement ?? '');
  if (!agreement)
    return presentFailure(codeNumber('InvalidSubscription'), 'Subscription not found', undefined);
  const code = findTestCard(cardOf(agreement.card).number)?.chargeCode;
  const decline = code === undefined ? undefined : declineOf(code);
  const failureClass = decline && classOf(decline.outcome);
  return decline && (failureClass === 'HARD' || failureClass === 'KEY')
    ? presentFailure(decline.code, decline.meaning, undefined)
    : { status: 'Succeeded' };
};

const presentItem = (
  nexi: Nexi,
  bulk: BulkRow,
  place: { index: number; completed: number },
): Json => {
  const { index, completed } = place;
  const item = bulk.items[index] ?? {};
  const { externalReference } = item;
  const name = {
    [familyOf(bulk.kind).idName]: item.agreement ?? item.unknown ?? '',
    ...(externalReference === undefined ? {} : { externalReference }),
  };
  if (index >= completed) return { ...name, status: 'Pending' };
  return bulk.work === 'charges'
    ? { ...name, ...presentCharge(nexi, bulk, index) }
    : { ...name, ...presentVerification(nexi, item) };
};

/** The indexes a page is cut from: as accepted, unless a fault hides or shuffles some. */
const visibleIndexes = ({ items, fate }: BulkRow): number[] => {
  const indexes = items.map((_, index) => index);
  if (fate?.fate === 'bulk-item-missing') return indexes.filter((index) => index !== fate.index);
  return fate?.fate === 'bulk-reordered' ? indexes.reverse() : indexes;
};

/** `status` speaks of the whole operation, `more` of what lies past the page: they are independent. */
export const presentBulk = (nexi: Nexi, bulk: BulkRow, { skip, take }: PageRequest): Json => {
  const completed = bulk.isDone
    ? bulk.items.length
    : (nexi.state.progress.get(bulk.id)?.completed ?? 0);
  const indexes = visibleIndexes(bulk);
  return {
    page: indexes
      .slice(skip, skip + take)
      .map((index) => presentItem(nexi, bulk, { index, completed })),
    more: skip + take < indexes.length,
    status: bulk.isDone ? 'Done' : 'Processing',
  };
};
