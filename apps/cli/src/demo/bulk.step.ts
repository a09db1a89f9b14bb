import { done, type BillingKey, type BulkCharge } from '#client';
import { attachKeys } from './cards.step.js';
import { awaitThat, cardFor, DemoFailure, euro, type World } from './world.js';

/** What one item must come to: its card says so. */
export interface BulkItem {
  readonly billingKeyId: string;
  readonly orderId: string;
  readonly amount: number;
  readonly outcome: string;
}

/** The contract's bound of items sent inline. */
const INLINE_MAX = 1_000;
/** One order in ten is declined. */
const DECLINED_SHARE = 10;
/** Customers whose card is good have several orders each. */
const ORDERS_A_CUSTOMER = 9;

/** The outcomes of the sandbox's cards, less the one that is none. */
const declinesOf = (world: World): string[] => [
  ...new Set(
    world.magicCards
      .filter(({ provider, outcome, at }) => provider === 'NEXI' && outcome !== 'APPROVED' && !at)
      .map(({ outcome }) => outcome),
  ),
];

const keysFor = async (
  world: World,
  counts: ReadonlyMap<string, number>,
): Promise<Map<string, BillingKey[]>> => {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return world.progress.run('Attaching cards for the bulk', total, async (report) => {
    const keys = new Map<string, BillingKey[]>();
    let before = 0;
    for (const [outcome, count] of counts) {
      const card = cardFor(world, 'NEXI', outcome);
      const providerKeys = await world.sandbox.agreements('NEXI', count, card);
      const request = { provider: 'NEXI', customers: outcome.toLowerCase(), providerKeys } as const;
      const made = await attachKeys(world, request, (attached) => report(before + attached));
      keys.set(outcome, made);
      before += count;
    }
    return keys;
  });
};

/** Declining cards have one order each, spread evenly among the others. */
export const planItems = (
  run: string,
  size: number,
  declines: readonly string[],
): { readonly orderId: string; readonly amount: number; readonly outcome: string }[] =>
  Array.from({ length: size }, (_, index) => {
    const isDeclined = declines.length > 0 && index % DECLINED_SHARE === DECLINED_SHARE - 1;
    const decline = declines[Math.floor(index / DECLINED_SHARE) % Math.max(1, declines.length)];
    return {
      orderId: `${run}-bulk-${index + 1}`,
      // Different amounts, so that a wrong one cannot hide behind another.
      amount: 500 + (index % 4_000),
      outcome: isDeclined && decline ? decline : 'APPROVED',
    };
  });

/** Gives each planned item its key. */
const assignKeys = async (
  world: World,
  planned: ReturnType<typeof planItems>,
): Promise<BulkItem[]> => {
  const counts = new Map<string, number>();
  for (const { outcome } of planned) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const approved = counts.get('APPROVED') ?? 0;
  counts.set('APPROVED', Math.ceil(approved / ORDERS_A_CUSTOMER));
  const keys = await keysFor(world, counts);
  const used = new Map<string, number>();
  return planned.map((item) => {
    const mine = keys.get(item.outcome) ?? [];
    const number = used.get(item.outcome) ?? 0;
    used.set(item.outcome, number + 1);
    const key = mine[number % mine.length];
    if (!key) throw new DemoFailure(`expected a key for ${item.outcome}`);
    return { ...item, billingKeyId: key.id };
  });
};

const submit = async (world: World, items: readonly BulkItem[]): Promise<string[]> => {
  const { client, nexi, progress, run } = world;
  const externalIds: string[] = [];
  await progress.run('Submitting the bulk', items.length, async (report) => {
    for (let first = 0; first < items.length; first += INLINE_MAX) {
      const part = items.slice(first, first + INLINE_MAX);
      const externalId = `${run}-bulk-${externalIds.length + 1}`;
      const outcome = await client.createBulkCharge({
        providerAccountId: nexi.id,
        externalId,
        submit: true,
        items: part.map(({ billingKeyId, orderId, amount }) => ({
          billingKeyId,
          order: { orderId, name: 'Tea, by the box', amount: euro(amount) },
        })),
      });
      done(outcome);
      externalIds.push(externalId);
      report(first + part.length);
    }
  });
  return externalIds;
};

/** All items in several bulk charges, followed to the end. */
export const chargeInBulk = async (world: World, size: number): Promise<BulkItem[]> => {
  const planned = planItems(world.run, size, declinesOf(world));
  const items = await assignKeys(world, planned);
  const externalIds = await submit(world, items);
  await world.progress.run('Charging in bulk', size, (report) =>
    follow(world, externalIds, report),
  );
  return items;
};

/** Each bulk charge anew has the patience of `awaitThat`: the whole may take longer. */
const follow = async (
  { client }: World,
  externalIds: readonly string[],
  report: (count: number) => void,
): Promise<void> => {
  const decided = new Map<string, number>();
  const isDone = ({ status, counts, externalId }: BulkCharge): boolean => {
    decided.set(externalId, counts.total - counts.pending - counts.unknown);
    report([...decided.values()].reduce((sum, count) => sum + count, 0));
    return status === 'COMPLETED';
  };
  for (const externalId of externalIds)
    await awaitThat(`${externalId} to be completed`, async () => {
      const bulk = await client.bulkCharge({ externalId });
      return bulk && isDone(bulk) ? true : undefined;
    });
};
