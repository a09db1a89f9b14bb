/** 13 digits or more, alone or in groups: somewhere in them may be a card number. What is part of a word or an id is none. */
const DIGITS = /(?<![\w-])\d(?:[ -]?\d){12,}(?![\w-])/g;
/** The shortest cards in use, Visa's of old. */
const DIGITS_MIN = 13;
/** ISO/IEC 7812 ends there. */
const DIGITS_MAX = 19;
const MARK = '[card number]';

/** Takes card numbers out of a sentence: 13 to 19 digits with a right check digit (ISO/IEC 7812, Luhn). An amount or a time as long as
 * that stays, nine times in ten. */
export const withoutCardNumbers = (sentence: string): string =>
  sentence.replace(DIGITS, withoutCards);

/** The groups of a number, each with what stands before it: other numbers may stand beside the card's. */
const withoutCards = (run: string): string => {
  const groups = run.match(/[ -]?\d+/g) ?? [];
  for (let from = 0; from < groups.length; from += 1) {
    const until = cardFrom(groups, from);
    if (until === undefined) continue;
    const rest = groups.slice(until).join('');
    const before = groups.slice(0, from).join('');
    return `${before}${/^[ -]?/.exec(groups[from] ?? '')}${MARK}${rest && withoutCards(rest)}`;
  }
  return run;
};

/** Where a card number that begins with this group ends; the longest. */
const cardFrom = (groups: readonly string[], from: number): number | undefined => {
  let digits = '';
  let end: number | undefined;
  for (let until = from; until < groups.length && digits.length <= DIGITS_MAX; until += 1) {
    digits += (groups[until] ?? '').replace(/\D/, '');
    if (isCardNumber(digits)) end = until + 1;
  }
  return end;
};

const isCardNumber = (digits: string): boolean => {
  if (digits.length < DIGITS_MIN || digits.length > DIGITS_MAX) return false;
  const sum = [...digits].reverse().reduce((total, digit, place) => {
    const weighted = place % 2 === 1 ? Number(digit) * 2 : Number(digit);
    return total + (weighted > 9 ? weighted - 9 : weighted);
  }, 0);
  return sum % 10 === 0;
};
