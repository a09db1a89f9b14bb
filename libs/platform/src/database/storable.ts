/** What PostgreSQL's text and jsonb refuse: NUL, and halves of surrogate pairs (a message cut in the middle of an emoji). */
const UNSTORABLE = /\0|\p{Cs}/gu;
/** How JSON writes these; a cheap sign that a text may hold one. */
const ESCAPED = /\\u(?:0000|d[89a-f])/i;

export const storableText = (text: string): string => text.replace(UNSTORABLE, '\uFFFD');

/** JSON that PostgreSQL takes, whatever a provider or a caller wrote: one bad character must not keep an outcome from being settled. */
export const storableJson = (value: unknown): string => {
  const json = JSON.stringify(value);
  return ESCAPED.test(json)
    ? JSON.stringify(value, (_, each: unknown) =>
        typeof each === 'string' ? storableText(each) : each,
      )
    : json;
};
