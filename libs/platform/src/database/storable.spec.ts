import { storableJson } from './storable.js';

describe('what is stored as JSON', () => {
  it.each([
    ['a NUL', 'a\0b', 'a\uFFFDb'],
    ['an emoji cut in two', 'paid \uD83D', 'paid \uFFFD'],
    ['the other half', '\uDE00 paid', '\uFFFD paid'],
  ])('holds no %s', (_, found, stored) => {
    expect(JSON.parse(storableJson({ deep: [{ found }] }))).toEqual({ deep: [{ found: stored }] });
  });

  it.each(['거래거절 잔액부족', '😀', 'a \\u0000 that is only written so'])('keeps %s', (text) => {
    expect(JSON.parse(storableJson([text]))).toEqual([text]);
  });
});
