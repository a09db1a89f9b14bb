import { waitOf, type HttpAnswer } from '#platform/http';
import type { AccountAccess, BulkItemReading, BulkPage, BulkSubmission } from '#providers/contract';
import { refusalOf, shapeOf } from './classify-charge.js';
import { failureOf, paymentIdIn } from './failure-codes.js';
import type { NexiClient } from './nexi.client.js';
import { keepUnread } from './payments.js';
import {
  bareId,
  keepAnswer,
  readBulkBody,
  readErrors,
  readPageBody,
  type WirePageItem,
} from './wire.js';

/** Refused as a whole, nothing in it done (§5.5). 404 is on the list of the documented answers. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 404, 429]);

/** "unscheduledSubscriptions[3].order.amount" → 3. */
const itemIndexesIn = (body: string): number[] => {
  const indexes = readErrors(body)
    .map(([path]) => /^unscheduledSubscriptions\[(\d{1,6})\]/i.exec(path)?.[1])
    .filter((index) => index !== undefined);
  return [...new Set(indexes.map(Number))];
};

/** What one send of a bulk operation came to. */
export const classifyBulk = (answer: HttpAnswer): BulkSubmission => {
  if (answer.kind === 'NOT_SENT') return answer;
  const kept = { answer: keepAnswer(answer) };
  if (answer.kind === 'NO_ANSWER') return { kind: 'UNKNOWN', reason: answer.reason, ...kept };
  const { status, text } = answer;
  const accepted = readBulkBody(text);
  if (status === 202 && accepted)
    return { kind: 'ACCEPTED', providerOperationId: bareId(accepted.bulkId), ...kept };
  const shape = shapeOf(text);
  const isDoor = status === 401 || status === 429;
  const isSaid = ['CODED', 'ERRORS', 'OTHER_JSON', 'EMPTY'].includes(shape);
  if (accepted || !REFUSALS.has(status) || !(isSaid || (isDoor && shape === 'UNREADABLE')))
    return { kind: 'UNKNOWN', reason: `HTTP ${status}: ${shape}`, ...kept };
  return {
    kind: 'REJECTED',
    ...refusalOf(status, text),
    itemIndexes: status === 400 ? itemIndexesIn(text) : [],
    ...waitOf(answer),
    ...kept,
  };
};

const STATUSES: ReadonlyMap<string, BulkItemReading['status']> = new Map([
  ['pending', 'PENDING'],
  ['succeeded', 'SUCCEEDED'],
  ['failed', 'FAILED'],
]);

const toItem = (item: WirePageItem): BulkItemReading | undefined => {
  const status = STATUSES.get(item.status.toLowerCase());
  if (!status) return undefined;
  const paymentId = item.paymentId ?? paymentIdIn(item.message);
  return {
    providerKey: bareId(item.unscheduledSubscriptionId),
    status,
    providerPaymentId: paymentId ? bareId(paymentId) : null,
    providerChargeId: item.chargeId ? bareId(item.chargeId) : null,
    failure: status === 'FAILED' ? failureOf(item) : null,
  };
};

/**
 * §5.6, by `skip` and `take` (what the first page number is, nobody says: trap 13). `Done` and
 * `more` are two things (trap 12).
 */
export const readBulkPage = async (
  client: NexiClient,
  account: AccountAccess,
  {
    providerOperationId,
    skip,
    take,
  }: { readonly providerOperationId: string; readonly skip: number; readonly take: number },
): Promise<BulkPage> => {
  const bulk = encodeURIComponent(providerOperationId);
  const path = `/v1/unscheduledsubscriptions/charges/${bulk}?skip=${skip}&take=${take}`;
  const answer = await client.send(account, { method: 'GET', path });
  if (answer.kind !== 'ANSWERED' || answer.status !== 200) return keepUnread(answer);
  const page = readPageBody(answer.text);
  const items = page?.page.map(toItem) ?? [];
  const known = items.filter((item) => item !== undefined);
  const told = page?.status.toLowerCase();
  if (!page || known.length !== items.length || (told !== 'done' && told !== 'processing'))
    return { kind: 'UNAVAILABLE', reason: 'a page that cannot be read' };
  return { kind: 'FOUND', items: known, hasMore: page.more, isDone: told === 'done' };
};
