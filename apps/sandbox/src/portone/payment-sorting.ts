import type { PaymentRow } from './rows.js';

const updatedAt = (row: PaymentRow): number =>
  Math.max(row.startedAt, row.paidAt, row.failedAt, row.cancels?.at(-1)?.cancelledAt ?? 0);

const TIMES = {
  started: (row: PaymentRow): number => row.startedAt,
  paid: (row: PaymentRow): number => row.paidAt,
  updated: updatedAt,
} as const;

export type Sorting = keyof typeof TIMES | `-${keyof typeof TIMES}`;

export const isSorting = (text: string): text is Sorting =>
  Object.hasOwn(TIMES, text.startsWith('-') ? text.slice(1) : text);

/** `-started` is newest first; of the same second the later made counts as newer. */
export const sorted = (rows: readonly PaymentRow[], sorting: Sorting): PaymentRow[] => {
  const isNewestFirst = sorting.startsWith('-');
  const timeOf = TIMES[(isNewestFirst ? sorting.slice(1) : sorting) as keyof typeof TIMES];
  const ordered = [...rows].sort((left, right) => timeOf(left) - timeOf(right));
  return isNewestFirst ? ordered.reverse() : ordered;
};
