import { textProblem } from './text.js';

describe('a text that people read', () => {
  it.each(['Tea', ' Tea ', '한 달의 차', 'שלום', 'naïve – 5 % 🍵', 'x'.repeat(10)])(
    'is %j',
    (text) => {
      expect(textProblem(text, 20)).toBeUndefined();
    },
  );

  it.each(['', '   ', '\n\t', '\u00a0\u3000', '\u200b', '\u3164'])(
    'is not %j, in which nothing is to be seen',
    (text) => {
      expect(textProblem(text, 128)).toBe(
        'expected 1–128 characters, blanks at the ends not counted; found none',
      );
    },
  );

  it('has an end', () => {
    expect(textProblem('x'.repeat(500), 500)).toBeUndefined();
    expect(textProblem('x'.repeat(501), 500)).toBe('expected 1–500 characters, found 501');
  });

  it.each([
    ['tea\u202exe.fdp', 'U+202E'],
    ['tea\u2066', 'U+2066'],
    ['tea\ud800', 'U+D800'],
    ['tea\u0000', 'U+0000'],
    ['tea\u001b[31m', 'U+001B'],
    ['tea\nfor two', 'U+000A'],
    ['tea\u2028for two', 'U+2028'],
  ])('does not hide or turn anything: %j has %s', (text, found) => {
    expect(textProblem(text, 128)).toBe(
      `expected no control characters and none that change the direction of writing, found ${found}`,
    );
  });

  it('has lines and tabs only where it is prose', () => {
    expect(textProblem('seen at the provider:\r\n\tpaid', 128, 'PROSE')).toBeUndefined();
    expect(textProblem('paid\u0007', 128, 'PROSE')).toMatch('found U+0007');
    expect(textProblem('paid\u202e', 128, 'PROSE')).toMatch('found U+202E');
  });
});
