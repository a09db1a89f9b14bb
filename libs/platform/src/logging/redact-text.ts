import { withoutCardNumbers } from './card-number.js';

const RULES: readonly (readonly [RegExp, string])[] = [
  // The password of a connection string.
  [/([a-z][a-z0-9+.-]{1,20}:\/\/[^\s:/@]{0,100}):[^\s@/]{1,200}@/gi, '$1:[redacted]@'],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, '$1 [redacted]'],
];

/** Takes out of a sentence what must never be written down. */
export const redactText = (sentence: string): string =>
  withoutCardNumbers(
    RULES.reduce((clean, [pattern, replacement]) => clean.replace(pattern, replacement), sentence),
  );
