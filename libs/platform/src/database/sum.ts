/**
 * An exact sum as a number, or Infinity where no safe integer holds it: `::bigint` would end the whole statement, and a float would be a
 * figure that is nearly right. What is added to Infinity stays so; who shows it refuses.
 */
export const exactSum = (sum: string): string =>
  `(CASE WHEN abs(${sum}) > ${Number.MAX_SAFE_INTEGER} THEN 'Infinity' ELSE ${sum} END)::float8`;
