import type { ChargeSummary } from '#client';
import type { LedgerLine } from './sandbox-control.js';

/** One movement of money, as either side tells it. */
interface Movement {
  readonly kind: 'CAPTURE' | 'REFUND';
  readonly amount: number;
  readonly currency: string;
  readonly billingKey: string | null;
}

/** An order of which the two sides tell different things. */
export interface Difference {
  readonly orderId: string;
  readonly books: string;
  readonly ledger: string;
}

export interface Comparison {
  readonly orders: number;
  readonly captures: number;
  readonly refunds: number;
  /** Captured less refunded, in minor units, by currency. */
  readonly net: ReadonlyMap<string, number>;
  readonly differences: readonly Difference[];
}

const CAPTURED: ReadonlySet<string> = new Set(['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED']);

/** What moved by our books: one capture of a charge that succeeded, and its refunds. */
const movementsOf = ({
  status,
  amount,
  billingKey,
  refunds,
}: ChargeSummary): readonly Movement[] => {
  const of = (kind: Movement['kind'], money: ChargeSummary['amount']): Movement => ({
    kind,
    ...money,
    billingKey: billingKey.providerKey,
  });
  return [
    ...(CAPTURED.has(status) ? [of('CAPTURE', amount)] : []),
    ...refunds
      .filter((refund) => refund.status === 'SUCCEEDED')
      .map((refund) => of('REFUND', refund.amount)),
  ];
};

/** In one order, so that the same movements are the same text. A refund's line may leave the key out. */
const tell = (movements: readonly Movement[]): string =>
  movements
    .map(({ kind, amount, currency, billingKey }) =>
      kind === 'CAPTURE'
        ? `CAPTURE ${amount} ${currency} on ${billingKey}`
        : `REFUND ${amount} ${currency}`,
    )
    .toSorted()
    .join(', ') || 'nothing';

const netOf = (movements: readonly Movement[]): Map<string, number> => {
  const net = new Map<string, number>();
  for (const { kind, amount, currency } of movements) {
    const sign = kind === 'CAPTURE' ? 1 : -1;
    net.set(currency, (net.get(currency) ?? 0) + sign * amount);
  }
  return net;
};

/** Our books against the provider's ledger: order by order, amount by amount. Lines of the ledger that name no order of ours are differences too. */
export const compareBooks = (
  charges: readonly ChargeSummary[],
  ledger: readonly LedgerLine[],
): Comparison => {
  const lines = new Map<string, LedgerLine[]>();
  for (const line of ledger) {
    const { orderReference } = line;
    const others = lines.get(orderReference);
    if (others) others.push(line);
    else lines.set(orderReference, [line]);
  }
  const books = new Map(charges.map((charge) => [charge.orderId, movementsOf(charge)]));
  const orderIds = new Set([...books.keys(), ...lines.keys()]);
  const differences = [...orderIds].flatMap((orderId) => {
    const ours = tell(books.get(orderId) ?? []);
    const theirs = tell(lines.get(orderId) ?? []);
    return ours === theirs ? [] : [{ orderId, books: ours, ledger: theirs }];
  });
  const all = [...books.values()].flat();
  return {
    orders: books.size,
    captures: all.filter(({ kind }) => kind === 'CAPTURE').length,
    refunds: all.filter(({ kind }) => kind === 'REFUND').length,
    net: netOf(all),
    differences,
  };
};
