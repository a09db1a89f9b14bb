/** Something that can be seen; what Unicode calls ignorable (a zero-width space, a Hangul filler) cannot. */
const SEEN = /[^\s\p{Z}\p{Cc}\p{Default_Ignorable_Code_Point}]/u;
/** What ends a line or drives a terminal, half a character, and what turns the writing around, so that a reader sees other text than is
 * stored. */
const UNREADABLE = {
  LINE: /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/u,
  /** Several lines, perhaps with tabs. */
  PROSE: /[^\P{Cc}\n\r\t]|[\p{Cs}\p{Bidi_Control}]/u,
} as const;

/** Why a name or a reason that people read is not taken; nothing: it is. It is kept as it came, blanks at its ends included. */
export const textProblem = (
  text: string,
  max: number,
  kind: keyof typeof UNREADABLE = 'LINE',
): string | undefined => {
  if (!SEEN.test(text))
    return `expected 1–${max} characters, blanks at the ends not counted; found none`;
  if (text.length > max) return `expected 1–${max} characters, found ${text.length}`;
  const [unreadable] = UNREADABLE[kind].exec(text) ?? [];
  return unreadable === undefined
    ? undefined
    : `expected no control characters and none that change the direction of writing, found ${codePointOf(unreadable)}`;
};

const codePointOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
