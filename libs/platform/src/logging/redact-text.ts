const RULES: readonly (readonly [RegExp, string])[] = [
  // The password of a connection string.
  [/([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,100}):[^\s@/]{1,200}@/gi, '$1:[redacted]@'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 [redacted]'],
  // A card number: 13 to 19 digits, perhaps in groups. Longer runs and plain ids in hex are left
  // alone.
  [/(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])/g, '[card number]'],
];

/** Takes out of a sentence what must never be written down. */
export const redactText = (sentence: string): string =>
  RULES.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), sentence);
