import fc from 'fast-check';

import {
  AMOUNT_MAX_MINOR,
  decimalsOf,
  fromMajor,
  isAmountMinor,
  isCurrency,
  toMajor,
} from './money.js';

it('takes whole minor units of at most twelve digits, below zero too', () => {
  expect(AMOUNT_MAX_MINOR).toBe(999_999_999_999);
  for (const amount of [0, 1, -1, AMOUNT_MAX_MINOR, -AMOUNT_MAX_MINOR])
    expect([amount, isAmountMinor(amount)]).toEqual([amount, true]);
  for (const amount of [
    ...[AMOUNT_MAX_MINOR + 1, -AMOUNT_MAX_MINOR - 1, 0.5, -0.5],
    ...[Number.MAX_SAFE_INTEGER, Number.NaN, Number.POSITIVE_INFINITY],
  ])
    expect([amount, isAmountMinor(amount)]).toEqual([amount, false]);
});

it('knows how many decimals a currency has', () => {
  expect(['KRW', 'SEK', 'NOK', 'EUR', 'KWD'].map(decimalsOf)).toEqual([0, 2, 2, 2, 3]);
  expect(decimalsOf('CLF')).toBe(4);
  expect(() => decimalsOf('ZZZ')).toThrow('expected an ISO 4217 currency, found ZZZ');
});

it('takes currencies in capital letters, and only those a card can pay in', () => {
  expect(['KRW', 'USD', 'XOF'].map(isCurrency)).toEqual([true, true, true]);
  const refused = ['krw', 'XXX', 'XAU', 'XTS', '', 'constructor'];
  expect(refused.map(isCurrency)).toEqual(refused.map(() => false));
});

it.each([
  [1050, 'SEK', '10.50'],
  [9900, 'KRW', '9900'],
  [5, 'EUR', '0.05'],
  [-5, 'EUR', '-0.05'],
  [0, 'EUR', '0.00'],
  [0, 'KRW', '0'],
  [-9900, 'KRW', '-9900'],
  [99, 'EUR', '0.99'],
  [100, 'EUR', '1.00'],
  [-1050, 'SEK', '-10.50'],
  [1, 'KWD', '0.001'],
  [-1234567, 'KWD', '-1234.567'],
  [Number.MIN_SAFE_INTEGER, 'EUR', '-90071992547409.91'],
  [Number.MAX_SAFE_INTEGER, 'EUR', '90071992547409.91'],
])('writes %d %s as %s, and reads it back', (amountMinor, currency, major) => {
  expect(toMajor({ amountMinor, currency })).toBe(major);
  expect(fromMajor(major, currency)).toBe(amountMinor);
});

it.each([
  ['9900.0', 'KRW', 9900],
  ['10.5', 'SEK', 1050],
  ['10.500', 'SEK', 1050],
  ['-0', 'SEK', 0],
  ['-0.00', 'SEK', 0],
  ['-10.5', 'SEK', -1050],
  ['007', 'SEK', 700],
  ['1.0010', 'KWD', 1001],
  ['9900.00', 'KRW', 9900],
  [19.99, 'EUR', 1999],
])('reads %s %s as %d minor units', (major, currency, minor) => {
  expect(fromMajor(major, currency)).toBe(minor);
});

it.each([
  ['9900.5', 'KRW'],
  ['0.001', 'EUR'],
  ['1e3', 'EUR'],
  ['', 'EUR'],
  ['1,000', 'EUR'],
  ['.5', 'EUR'],
  ['5.', 'EUR'],
  ['-', 'EUR'],
  ['--5', 'EUR'],
  ['+5', 'EUR'],
  [' 5', 'EUR'],
  ['5 ', 'EUR'],
  ['5\n', 'EUR'],
  ['5.0.0', 'EUR'],
  ['5x0', 'EUR'],
  ['5.505', 'EUR'],
  ['0.10001', 'KWD'],
  ['-90071992547409.92', 'EUR'],
  [Number.NaN, 'EUR'],
  [1e21, 'EUR'],
  ['90071992547409.92', 'EUR'],
])('refuses to read %s %s', (major, currency) => {
  expect(fromMajor(major, currency)).toBeUndefined();
});

it('asks for a currency that there is before it reads an amount', () => {
  expect(() => fromMajor('1', 'ZZZ')).toThrow('expected an ISO 4217 currency, found ZZZ');
  expect(fromMajor('x', 'ZZZ')).toBeUndefined();
});

it('loses no minor unit on the way out and back', () => {
  const amounts = fc.maxSafeInteger().map((amount) => 0 + amount);
  fc.assert(
    fc.property(amounts, fc.constantFrom('KRW', 'EUR', 'KWD'), (amountMinor, currency) => {
      expect(fromMajor(toMajor({ amountMinor, currency }), currency)).toBe(amountMinor);
    }),
  );
});
