import type { Strike } from '../core/index.js';
import type { BulkItemRequest, BulkRequest } from './bulk.request.js';
import { chargeAgreement } from './charging.js';
import { familyOf, type Family } from './families.js';
import { bulkPaymentId, newId } from './ids.js';
import type { BulkFate, BulkItemRow, BulkRow } from './model.js';
import { paidLateSecondsOf } from './single-charge.js';
import type { Nexi } from './state.js';
import { runAt } from './timers.js';

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

/**
 * Takes a bulk operation in. It begins a moment later and is done item by item on the account's
 * clock.
 */
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
  const when = { account: bulk.account, atMs, key: `nexi-bulk ${bulk.id}` };
  runAt(nexi, when, () => work(nexi, bulk.id));
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
  const seconds = paidLateSecondsOf(drawItemStrike(nexi, bulk, item));
  chargeAgreement(nexi, {
    ...(seconds === undefined ? {} : { paidLateSeconds: seconds }),
    agreement,
    order: item.order,
    ...(item.myReference === undefined ? {} : { myReference: item.myReference }),
    ...(bulk.hooks === undefined ? {} : { hooks: bulk.hooks }),
    paymentId: bulkPaymentId(bulk.id, index),
  });
};

/** A fault may meet an item by its own reference, whatever met the request that brought it. */
const drawItemStrike = (
  { core }: Nexi,
  { account, kind }: BulkRow,
  { myReference, order }: BulkItemRow,
): Strike | undefined =>
  core.faults.isCalm
    ? undefined
    : core.faults.draw(
        {
          provider: 'NEXI',
          method: 'POST',
          path: `/nexi/v1${familyOf(kind).path}/charges`,
          reference: myReference ?? order?.reference ?? null,
          account,
        },
        ['DURING'],
      );
