import { parseValue as parseLiteral } from 'graphql';
import { Currency } from './currency.scalar.js';
import { MinorUnits } from './minor-units.scalar.js';
import { presentMoney } from './money.type.js';

describe('MinorUnits', () => {
  it('goes out as a safe integer or not at all', () => {
    expect(MinorUnits.serialize(9007199254740991)).toBe(9007199254740991);
    expect(() => MinorUnits.serialize(10.5)).toThrow();
    expect(() => MinorUnits.serialize('100')).toThrow();
  });

  it('takes any number, which the order’s check then answers for by field', () => {
    for (const number of [0, -1, 99.5, 2 ** 53]) expect(MinorUnits.parseValue(number)).toBe(number);
    expect(MinorUnits.parseLiteral(parseLiteral('1050'), {})).toBe(1050);
    expect(MinorUnits.parseLiteral(parseLiteral('10.5'), {})).toBe(10.5);
  });

  it.each(['100', '', true, null, [], {}, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses %j',
    (found) => expect(() => MinorUnits.parseValue(found)).toThrow(/expected MinorUnits/),
  );

  it('refuses a text written out', () => {
    expect(() => MinorUnits.parseLiteral(parseLiteral('"100"'), {})).toThrow(/MinorUnits/);
  });
});

describe('Currency', () => {
  it('is three capital letters', () => expect(Currency.parseValue('KRW')).toBe('KRW'));
  it.each(['krw', 'KR', 'KRWW', '', 410, null])('is not %j', (found) =>
    expect(() => Currency.parseValue(found)).toThrow(/expected a Currency/),
  );
});

describe('Money', () => {
  it('that is no exact sum is refused when it is read, by its currency', () => {
    const shown = presentMoney(Number.POSITIVE_INFINITY, 'KRW');
    expect(shown.currency).toBe('KRW');
    expect(() => shown.amount).toThrow(/found more in KRW/);
  });
});
