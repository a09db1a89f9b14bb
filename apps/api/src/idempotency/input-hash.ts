import { createHash } from 'node:crypto';

/** The input as sent, whatever the order of its fields: what a second call with the same key is compared with. */
export const inputHash = (input: object): string =>
  createHash('sha256')
    .update(JSON.stringify(sorted(input)))
    .digest('hex');

const sorted = (value: unknown): unknown => {
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined && each !== null)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, sorted(each)]),
  );
};
