import type { Family } from './families.js';
import { normalizeId } from './ids.js';
import type { OrderRow, WebHook } from './model.js';
import { readNotifications } from './notifications.request.js';
import { readMyReference, readOrder } from './order.request.js';
import { rootReader } from './payment.request.js';
import type { Reader } from './reader.js';
import { invalid, Problems } from './refusal.js';

export interface BulkItemRequest {
  readonly id?: string;
  readonly externalReference?: string;
  readonly order?: OrderRow;
  readonly myReference?: string;
}

export interface BulkRequest {
  readonly externalId?: string;
  readonly hooks: readonly WebHook[];
  readonly items: readonly BulkItemRequest[];
}

/** The provider names no maximum; a body of the server's limit holds fewer. */
const ITEMS_MAX = 100_000;
const EXTERNAL_ID = { min: 1, max: 64 };

/**
 * An id or an external reference; the scheduled family's official client always sends both, one of
 * them empty or ignored.
 */
const readTarget = (item: Reader, family: Family): BulkItemRequest => {
  const text = item.text(family.idName, { max: 64 });
  const externalReference = item.text('externalReference', { max: 128 });
  if (text === undefined && externalReference === undefined)
    item.refuse(family.idName, `Expected ${family.idName} or externalReference.`);
  if (text !== undefined && externalReference !== undefined && family.kind === 'unscheduled')
    item.refuse('externalReference', `Expected ${family.idName} or externalReference, not both.`);
  if (text === undefined) return externalReference === undefined ? {} : { externalReference };
  const id = normalizeId(text);
  if (id === undefined) item.refuse(family.idName, `Expected a UUID, found ${text}.`);
  return id === undefined ? {} : { id };
};

const readItem = (item: Reader, family: Family): BulkItemRequest => {
  const target = readTarget(item, family);
  const order = readOrder(item, false);
  const myReference = readMyReference(item);
  return {
    ...target,
    ...(order === undefined ? {} : { order }),
    ...(myReference === undefined ? {} : { myReference }),
  };
};

export const readBulkCharge = (body: unknown, family: Family): BulkRequest => {
  const root = rootReader(body);
  const externalId = root.textOrNumber('externalBulkChargeId', {
    ...EXTERNAL_ID,
    required: family.kind === 'scheduled',
  });
  const hooks = readNotifications(root);
  const items = root
    .list(family.listName, { required: true, min: 1, max: ITEMS_MAX })
    ?.map((item) => readItem(item, family));
  root.problems.throwIfAny();
  return { ...(externalId === undefined ? {} : { externalId }), hooks, items: items ?? [] };
};

export const readBulkVerification = (body: unknown, family: Family): BulkRequest => {
  const root = rootReader(body);
  const externalId = root.textOrNumber('externalBulkVerificationId', EXTERNAL_ID);
  const items = root
    .list(family.listName, { required: true, min: 1, max: ITEMS_MAX })
    ?.map((item) => readTarget(item, family));
  root.problems.throwIfAny();
  return { ...(externalId === undefined ? {} : { externalId }), hooks: [], items: items ?? [] };
};

export interface PageRequest {
  readonly skip: number;
  readonly take: number;
}

/** Paging numbers are int32 in the provider's model. */
const INT32_MAX = 2_147_483_647;

/** `skip`/`take` or `pageNumber`/`pageSize`, never both; names in any case. */
export const readPage = (
  query: Readonly<Record<string, unknown>>,
  defaults: { pageSize: number; firstPage: number },
): PageRequest => {
  const problems = new Problems();
  const given = new Map(Object.entries(query).map(([name, value]) => [name.toLowerCase(), value]));
  const read = (name: string): number | undefined => {
    const text = given.get(name.toLowerCase());
    if (text === undefined || text === '') return undefined;
    const isWhole =
      typeof text === 'string' && /^\d{1,10}$/.test(text) && Number(text) <= INT32_MAX;
    if (!isWhole) problems.add(name, 'Expected a whole number from 0.');
    return isWhole ? Number(text) : undefined;
  };
  const skip = read('skip');
  const take = read('take');
  const pageNumber = read('pageNumber');
  const pageSize = read('pageSize');
  const isByPage = pageNumber !== undefined || pageSize !== undefined;
  if (isByPage && (skip !== undefined || take !== undefined))
    problems.add('pageNumber', 'Expected skip and take, or pageNumber and pageSize, not both.');
  problems.throwIfAny();
  if (!isByPage) return { skip: skip ?? 0, take: take ?? defaults.pageSize };
  const size = pageSize ?? defaults.pageSize;
  const page = Math.max(0, (pageNumber ?? defaults.firstPage) - defaults.firstPage);
  return { skip: page * size, take: size };
};

/** The `Idempotency-Key` header: 1 to 64 characters; nothing when it was not sent. */
export const readIdempotencyKey = (header: unknown, isRequired: boolean): string | undefined => {
  if (header === undefined && !isRequired) return undefined;
  if (typeof header !== 'string' || header.length < 1 || header.length > 64)
    throw invalid('Idempotency-Key', 'Expected 1 to 64 characters.');
  return header;
};
