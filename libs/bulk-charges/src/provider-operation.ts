import { after, type MachineInstant } from '#platform/clock';
import type { BulkItemReading } from '#providers/contract';

/** One asynchronous operation at a provider, as it is followed home. */
export interface ProviderOperation {
  readonly id: string;
  readonly externalOperationId: string;
  readonly state: 'INTENDED' | 'UNKNOWN' | 'ACCEPTED';
  readonly providerOperationId: string | null;
  readonly sends: number;
  /** Looks in a row that brought nothing new. */
  readonly polls: number;
}

/** Keys of one operation are distinct, since its pages are matched by key: what repeats waits for the next one. A refused operation comes back
 * with its items' set-backs counted, and each halves the size, until the bad item stands alone. */
export const gather = <Item extends { readonly providerKey: string; readonly setbacks: number }>(
  items: readonly Item[],
  size: number,
): Item[][] => {
  const groups: {
    readonly items: Item[];
    readonly keys: Set<string>;
    readonly setbacks: number;
  }[] = [];
  for (const item of items) {
    const bound = Math.max(1, Math.floor(size / 2 ** item.setbacks));
    const group = groups.find(
      (candidate) =>
        candidate.setbacks === item.setbacks &&
        candidate.items.length < bound &&
        !candidate.keys.has(item.providerKey),
    );
    if (group) {
      group.items.push(item);
      group.keys.add(item.providerKey);
    } else {
      groups.push({ items: [item], keys: new Set([item.providerKey]), setbacks: item.setbacks });
    }
  }
  return groups.map(({ items: gathered }) => gathered);
};

/** A small operation is done within a second or two. */
const FIRST_POLL_SECONDS = 0.5;
/** Longer, and a merchant would wait for us rather than for the provider. */
const LAST_POLL_SECONDS = 30;

/** The faster items complete, the sooner it is looked at again; without news each wait is half as long again. */
export const nextPollAt = (now: MachineInstant, pollsWithoutNews: number): MachineInstant =>
  after(now, Math.min(LAST_POLL_SECONDS, FIRST_POLL_SECONDS * 1.5 ** pollsWithoutNews));

export interface SentItem {
  readonly providerKey: string;
}

/** The set that comes back must equal the set that was sent. */
export const compareSets = <Item extends SentItem>(
  sent: readonly Item[],
  readings: readonly BulkItemReading[],
): {
  readonly matched: readonly { readonly item: Item; readonly reading: BulkItemReading }[];
  readonly missing: readonly Item[];
  readonly foreign: readonly BulkItemReading[];
} => {
  const byKey = new Map(readings.map((reading) => [reading.providerKey, reading]));
  const keys = new Set(sent.map(({ providerKey }) => providerKey));
  return {
    matched: sent.flatMap((item) => {
      const reading = byKey.get(item.providerKey);
      return reading ? [{ item, reading }] : [];
    }),
    missing: sent.filter(({ providerKey }) => !byKey.has(providerKey)),
    foreign: readings.filter(({ providerKey }) => !keys.has(providerKey)),
  };
};
