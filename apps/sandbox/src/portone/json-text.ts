/** A part of an answer that is JSON already. */
export class JsonText {
  constructor(readonly text: string) {}
}

const PLAIN = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** Plain ASCII as it is; all else escaped as PHP does it, so that what is sent stays ASCII. */
export const quoted = (text: string | null | undefined): string => {
  if (text === null || text === undefined) return 'null';
  if (PLAIN.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(
    /[\x7f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
};

/** JSON of a value whose parts may be text already: itself, the items of a list, or the list of a page. */
export const jsonOf = (value: unknown): string => {
  if (value instanceof JsonText) return value.text;
  if (Array.isArray(value) && value[0] instanceof JsonText) return listOf(value);
  if (isPage(value)) {
    const { total, previous, next, list } = value;
    return `{"total":${total},"previous":${previous},"next":${next},"list":${listOf(list)}}`;
  }
  return JSON.stringify(value ?? null);
};

interface TextPage {
  total: number;
  previous: number;
  next: number;
  list: unknown[];
}

const isPage = (value: unknown): value is TextPage =>
  typeof value === 'object' && value !== null && 'list' in value && Array.isArray(value.list);

const listOf = (values: readonly unknown[]): string => `[${values.map(jsonOf).join(',')}]`;
