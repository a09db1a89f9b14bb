import type { HistoryEvent } from './evidence.js';
import { groupBy, type Check } from './indexed.js';

interface Acknowledged {
  readonly op: number;
  readonly f: string;
  readonly merchant: string;
  readonly at: number;
  readonly input: Record<string, unknown>;
  readonly answer: Record<string, unknown>;
}

/** Calls that were answered without an error, with what was asked. */
const acknowledged = (history: readonly HistoryEvent[]): Acknowledged[] => {
  const asked = new Map(
    history.filter(({ type }) => type === 'invoke').map((event) => [event.op, event]),
  );
  return history
    .filter(({ type }) => type === 'ok')
    .flatMap(({ op, f, merchant, at, value }) => {
      const input = asked.get(op)?.value;
      return input ? [{ op, f, merchant, at, input, answer: value }] : [];
    });
};
const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[name]
    : undefined;
const orderOf = ({ input }: Acknowledged): string => String(fieldOf(input['order'], 'orderId'));

/** However often the same order was asked for, it is one charge. */
const R1: Check = ({ history, charges }) => {
  const rows = groupBy(charges, (row) => `${row.merchant_id} ${row.order_id}`);
  const answers = acknowledged(history).filter(({ f }) => f === 'createCharge');
  return [...groupBy(answers, (one) => `${one.merchant} ${orderOf(one)}`)].flatMap(
    ([key, ofOne]) => {
      const ids = new Set(ofOne.map(({ answer }) => fieldOf(answer['charge'], 'id')));
      const first = ofOne.filter(({ answer }) => answer['replayed'] === false).length;
      const count = rows.get(key)?.length ?? 0;
      return [
        ...(ids.size > 1 ? [`${key} was answered as ${ids.size} charges`] : []),
        ...(first > 1 ? [`${key} was made ${first} times, by its answers`] : []),
        ...(count > 1 ? [`${key} is ${count} charges`] : []),
      ];
    },
  );
};

/** What was acknowledged is there, whatever crashed afterwards. */
const R2: Check = ({ history, charges, schedules, bulks, refunds }) => {
  const orders = new Set(charges.map((row) => row.order_id));
  const known: Readonly<Record<string, ReadonlySet<unknown>>> = {
    createSchedule: new Set(schedules.map((row) => row['external_id'])),
    createBulkCharge: new Set(bulks.map((row) => row['external_id'])),
    refundCharge: new Set(refunds.map((row) => row['idempotency_key'])),
  };
  return acknowledged(history).flatMap((one) => {
    const { f, input } = one;
    if (f === 'createCharge')
      return orders.has(orderOf(one)) ? [] : [`the charge ${orderOf(one)} is missing`];
    const key = input[f === 'refundCharge' ? 'idempotencyKey' : 'externalId'];
    if (known[f] && !known[f].has(key)) return [`${f} of ${String(key)} is missing`];
    if (f !== 'createBulkCharge') return [];
    const items = input['items'] as readonly { order: { orderId: string } }[];
    return items
      .filter(({ order }) => !orders.has(order.orderId))
      .map(({ order }) => `the bulk item ${order.orderId} is missing`);
  });
};

/** However often a webhook came, and whoever sent it, it moved nothing that the provider does not confirm. */
const R3: Check = ({ stories, refunds }) => [
  ...stories.flatMap(({ charge, transitions }) => {
    const successes = transitions.filter(({ to_state: to }) => to === 'SUCCEEDED').length;
    return successes > 1 ? [`${charge.order_id} succeeded ${successes} times`] : [];
  }),
  ...refunds
    .filter(({ origin }) => origin === 'PROVIDER')
    .map(
      (row) => `the refund ${String(row['id'])} was booked as made in a console that nobody used`,
    ),
];

/** After a cancellation was confirmed nothing is sent. */
const R6: Check = ({ history, storyByOrder }) =>
  acknowledged(history)
    .filter(
      ({ f, answer }) => f === 'cancelCharge' && fieldOf(answer['charge'], 'status') === 'CANCELED',
    )
    .flatMap(({ at, answer }) => {
      const order = String(fieldOf(answer['charge'], 'orderId'));
      const later =
        storyByOrder.get(order)?.sends.filter(({ time }) => Date.parse(time) > at) ?? [];
      return later.length > 0 ? [`${order} was sent after its cancellation was confirmed`] : [];
    });

export const requestChecks = { R1, R2, R3, R6 };
