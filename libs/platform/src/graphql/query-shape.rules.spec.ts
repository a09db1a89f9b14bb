import { buildSchema, getIntrospectionQuery, parse, specifiedRules, validate } from 'graphql';
import { QUERY_LIMITS, queryShapeRule } from './index.js';

const schema = buildSchema('type Query { a: A, b: String } type A { a: A, b: String }');
const problems = (query: string): string[] =>
  validate(schema, parse(query, { maxTokens: QUERY_LIMITS.tokens }), [
    ...specifiedRules,
    queryShapeRule,
  ]).map(({ message }) => message);

/** `levels` fields one in another. */
const nested = (levels: number): string => `${'a{'.repeat(levels - 1)}b${'}'.repeat(levels - 1)}`;

describe('the shape of a document', () => {
  it('may have ten levels and not one more', () => {
    expect(problems(`{ ${nested(10)} }`)).toEqual([]);
    expect(problems(`{ ${nested(11)} }`)).toEqual(['expected at most 10 levels, found 11']);
  });

  it('is measured through fragments', () => {
    const query = `{ a { ...F } } fragment F on A { ${nested(10)} }`;
    expect(problems(query)).toEqual(['expected at most 10 levels, found 11']);
  });

  it('may be an introspection, which is deep by nature', () => {
    expect(problems(getIntrospectionQuery())).toEqual([]);
  });

  it('may have fifteen root fields, wherever they are written', () => {
    const fields = (count: number, from = 0) =>
      Array.from({ length: count }, (_, n) => `f${from + n}: b`).join(' ');
    expect(problems(`{ ${fields(15)} }`)).toEqual([]);
    expect(problems(`{ ${fields(15)} ...F } fragment F on Query { ${fields(5, 15)} }`)).toEqual([
      'expected at most 15 root fields, found 20',
    ]);
  });

  it('may have thirty aliases and thirty directives', () => {
    const aliases = Array.from({ length: 31 }, (_, n) => `f${n}: b`).join(' ');
    expect(problems(`{ a { ${aliases} } }`)).toEqual(['expected at most 30 aliases, found 31']);
    const directives = Array.from({ length: 31 }, () => 'b @include(if: true)').join(' ');
    expect(problems(`{ a { ${directives} } }`)).toEqual([
      'expected at most 30 directives, found 31',
    ]);
  });

  it('is refused soon though its fragments double at each step', () => {
    const fragments = Array.from(
      { length: 100 },
      (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`,
    ).join(' ');
    const began = performance.now();
    const found = problems(`{ ...F0 } ${fragments} fragment F100 on Query { b }`);
    // Without a bound it would not end in this universe's time.
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(found.join()).toContain('root fields');
  });

  it('ends though its fragments turn in a circle', () => {
    const found = problems('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A b }');
    expect(found.join()).toContain('Cannot spread fragment');
  });

  it('may not have more tokens than 2,000', () => {
    expect(() => problems(`{ ${'b '.repeat(2_000)} }`)).toThrow(/2000 tokens/);
  });
});
