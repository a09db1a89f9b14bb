import Table from 'cli-table3';
import { toMajor } from '#kernel';
import type { ChargeSummary } from '#client';
import type { Comparison } from './books.js';

/** The parts of a run, by what their order ids go on with. */
const PARTS: readonly { readonly title: string; readonly pattern: RegExp }[] = [
  { title: 'One-off charges', pattern: /-once-/ },
  { title: 'A card reported stolen', pattern: /-stolen$/ },
  { title: 'A soft decline, then its retry', pattern: /-retry$/ },
  { title: 'A year of a monthly schedule', pattern: /-tea-\d+$/ },
  { title: 'Bulk charges', pattern: /-bulk-\d+$/ },
];

const SUCCEEDED = new Set(['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED']);

const money = (amountMinor: number, currency: string): string =>
  `${toMajor({ amountMinor, currency })} ${currency}`;

const sums = (charges: readonly ChargeSummary[], of: (it: ChargeSummary) => number): string => {
  const byCurrency = new Map<string, number>();
  for (const charge of charges) {
    const { currency } = charge.amount;
    byCurrency.set(currency, (byCurrency.get(currency) ?? 0) + of(charge));
  }
  return (
    [...byCurrency]
      .filter(([, amount]) => amount > 0)
      .map(([currency, amount]) => money(amount, currency))
      .join('\n') || '–'
  );
};

/** What happened, part by part. */
export const renderSummary = (charges: readonly ChargeSummary[]): string => {
  const table = new Table({
    head: ['what', 'charges', 'succeeded', 'failed', 'captured', 'refunded'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { title, pattern } of PARTS) {
    const mine = charges.filter(({ orderId }) => pattern.test(orderId));
    const succeeded = mine.filter(({ status }) => SUCCEEDED.has(status));
    const failed = mine.filter(({ status }) => status === 'FAILED');
    table.push([
      title,
      mine.length,
      succeeded.length,
      failed.length,
      sums(succeeded, ({ amount }) => amount.amount),
      sums(mine, ({ refundedAmount }) => refundedAmount.amount),
    ]);
  }
  return table.toString();
};

/** Why charges failed, and how that class of failure is met. */
export const renderFailures = (charges: readonly ChargeSummary[]): string => {
  const counts = new Map<string, { failureClass: string; count: number }>();
  for (const { status, failureCode, failureClass } of charges) {
    if (status !== 'FAILED') continue;
    const code = failureCode ?? 'none';
    const count = (counts.get(code)?.count ?? 0) + 1;
    counts.set(code, { failureClass: failureClass ?? 'none', count });
  }
  const table = new Table({
    head: ['failure', 'class', 'charges'],
    colAligns: ['left', 'left', 'right'],
    style: { head: [], border: [] },
  });
  for (const [code, { failureClass, count }] of [...counts].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  ))
    table.push([code, failureClass, count]);
  return table.toString();
};

/** A long list hides its beginning. */
const SHOWN_MAX = 50;

/** Our books and the provider's ledger, and where they differ. */
export const renderComparison = (comparison: Comparison): string => {
  const { captures, differences, net, orders, refunds } = comparison;
  const total = [...net].map(([currency, amount]) => money(amount, currency)).join(', ');
  if (differences.length === 0)
    return (
      `The books agree with the providers’ ledger: ${orders} orders, ${captures} captures, ` +
      `${refunds} refunds, ${total} in all.`
    );
  const table = new Table({
    head: ['order', 'our books', 'the ledger'],
    style: { head: [], border: [] },
    wordWrap: true,
  });
  for (const { orderId, books, ledger } of differences.slice(0, SHOWN_MAX))
    table.push([orderId, books, ledger]);
  const more = differences.length - SHOWN_MAX;
  const rest = more > 0 ? `\n… and ${more} more` : '';
  return `${differences.length} of ${orders} orders DIFFER between the books and the ledger:\n${table.toString()}${rest}`;
};
