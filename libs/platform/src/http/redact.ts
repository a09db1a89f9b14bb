/**
 * What is left of a body that may be kept: enough to see what was said, never more than a row
 * should hold.
 */
const DEPTH_MAX = 6;
const ENTRIES_MAX = 25;
const TEXT_MAX = 500;

/** 13 to 19 digits, alone or in groups: whatever looks like a card number is one. */
const CARD_NUMBER = /(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])/g;

/**
 * A provider's own sentence as it may be kept: no card number, no longer than a row should hold.
 */
export const redactMessage = (text: string): string => {
  const clean = text.slice(0, TEXT_MAX + 32).replace(CARD_NUMBER, '[card number]');
  return clean.length > TEXT_MAX ? `${clean.slice(0, TEXT_MAX)}…` : clean;
};

/**
 * A copy with nothing in it but the named fields, at any depth. A field under `freeKeys` keeps all
 * its own keys (a map of property paths, say). Everything else is dropped unseen: new fields of a
 * provider are secrets until named.
 */
export const redact = (
  value: unknown,
  { fields, freeKeys = new Set() }: { fields: ReadonlySet<string>; freeKeys?: ReadonlySet<string> },
): unknown => {
  const keep = (part: unknown, depth: number, isFree: boolean): unknown => {
    if (typeof part === 'string') return redactMessage(part);
    if (part === null || typeof part !== 'object') return part;
    if (depth >= DEPTH_MAX) return '…';
    if (Array.isArray(part))
      return part.slice(0, ENTRIES_MAX).map((entry) => keep(entry, depth + 1, isFree));
    const kept = Object.entries(part)
      .filter(([name]) => isFree || fields.has(name))
      .slice(0, isFree ? ENTRIES_MAX : undefined)
      .map(([name, entry]) => [
        isFree ? redactMessage(name) : name,
        keep(entry, depth + 1, freeKeys.has(name)),
      ]);
    return Object.fromEntries(kept);
  };
  return keep(value, 0, false);
};
