import { classOf } from '#kernel';
import type { PageRequest } from './bulk.request.js';
import { messageOf } from './charging.js';
import { declineOf } from './declines.js';
import { familyOf } from './families.js';
import { bulkPaymentId, relatedId } from './ids.js';
import { cardOf, type BulkItemRow, type BulkRow } from './model.js';
import { compact } from './present.js';
import { codeNumber } from './refusal.js';
import type { Nexi } from './state.js';
import { findTestCard } from './test-cards.js';

type Json = Record<string, unknown>;

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

/**
 * `status` speaks of the whole operation, `more` of what lies past the page: they are independent.
 */
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
