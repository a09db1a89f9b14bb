/** "2022-10-22T17:41:58.1001+00:00": four decimals and a numeric offset, as recorded. */
export const formatTime = (atMs: number): string =>
  new Date(atMs).toISOString().replace('Z', '0+00:00');

/** A time with an offset or without a zone (then UTC), as integrations send both. */
export const parseTime = (text: string): number | undefined => {
  const shape = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,7})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;
  if (!shape.test(text)) return undefined;
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/i.test(text.slice(10));
  const atMs = Date.parse(hasZone || text.length === 10 ? text : `${text}Z`);
  return Number.isNaN(atMs) ? undefined : atMs;
};

/** "MMYY" of the December three years ahead: a card as new as the clock. */
export const defaultExpiry = (nowMs: number): string =>
  `12${String((new Date(nowMs).getUTCFullYear() + 3) % 100).padStart(2, '0')}`;
