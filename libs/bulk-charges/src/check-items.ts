import pLimit from 'p-limit';

import type { ServedAccount } from '#charges';
import type { BulkItemReading } from '#providers/contract';

import { checkedBy, type Checked, type ToCheck } from './item-check.js';
import type { OperationItem } from './provider-operations.repository.js';

/** Payments of one operation read at once. */
const CONCURRENCY = 8;

interface Succeeded {
  readonly item: OperationItem;
  readonly reading: BulkItemReading;
}

/** Reads the payments of the chosen items; answers what each came to, by charge. After the first that cannot be read no other is begun: a
 * provider that hangs must not outlast the lease. */
export const checkItems = async (
  { provider, access }: Pick<ServedAccount, 'provider' | 'access'>,
  { now, later }: ToCheck<Succeeded>,
  polls: number,
): Promise<ReadonlyMap<string, Checked>> => {
  const limit = pLimit(CONCURRENCY);
  let isReadable = true;
  const check = async ({ item, reading }: Succeeded): Promise<[string, Checked]> => {
    const providerPaymentId = reading.providerPaymentId ?? '';
    const { charge, attempt, providerKey } = item;
    const sent = { reference: attempt.providerReference, providerKey };
    if (!isReadable) return [charge.id, { kind: 'WAIT' }];
    const read = await provider.readPayment(access, providerPaymentId);
    if (read.kind === 'UNAVAILABLE') isReadable = false;
    return [charge.id, checkedBy(read, { charge, sent, providerPaymentId, polls })];
  };
  const checked = await Promise.all(now.map((one) => limit(() => check(one))));
  return new Map([
    ...later.map(({ item }): [string, Checked] => [item.charge.id, { kind: 'WAIT' }]),
    ...checked,
  ]);
};
