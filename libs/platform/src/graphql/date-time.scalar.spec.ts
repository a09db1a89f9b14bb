import { DateTime } from './index.js';

const read = (text: unknown) => DateTime.parseValue(text).toISOString();

describe('DateTime', () => {
  it.each([
    ['2026-01-31T09:00:00Z', '2026-01-31T09:00:00.000Z'],
    ['2026-01-31T18:00:00+09:00', '2026-01-31T09:00:00.000Z'],
    ['2026-01-31T09:00:00.123456Z', '2026-01-31T09:00:00.123Z'],
    ['2024-02-29T23:59:59-12:00', '2024-03-01T11:59:59.000Z'],
  ])('reads %s', (text, expected) => expect(read(text)).toBe(expected));

  it.each([
    '2026-01-31',
    '2026-01-31T09:00:00',
    '2026-02-30T09:00:00Z',
    '2026-13-01T09:00:00Z',
    '2026-01-31T25:00:00Z',
    '2026-01-31T09:00:00+25:00',
    'tomorrow',
    '',
    1_769_850_000,
    null,
  ])('refuses %j', (text) => expect(() => read(text)).toThrow(/expected a DateTime/));

  it('writes UTC with milliseconds', () =>
    expect(DateTime.serialize(new Date('2026-01-31T18:00:00+09:00'))).toBe(
      '2026-01-31T09:00:00.000Z',
    ));
});
