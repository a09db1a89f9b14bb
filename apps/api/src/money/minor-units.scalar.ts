import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const refuse = (found: unknown): GraphQLError =>
  new GraphQLError(
    `expected MinorUnits, a JSON integer within ±(2^53 − 1), found ${JSON.stringify(found)?.slice(0, 40)}`,
    { extensions: { code: 'BAD_USER_INPUT' } },
  );

/** Any number comes in, so that a fraction or a sum too large is answered in `userErrors`, where the field is named; the domain's
 * own check refuses it. What is no number at all ends here. */
const parse = (found: unknown): number => {
  if (typeof found !== 'number' || !Number.isFinite(found)) throw refuse(found);
  return found;
};

export const MinorUnits = new GraphQLScalarType<number, number>({
  name: 'MinorUnits',
  description:
    'A whole number of minor units of a currency (KRW 9900 is ₩9,900; SEK 1050 is 10.50 kr), as a JSON integer within ±(2^53 − 1).',
  serialize: (value) => {
    if (!Number.isSafeInteger(value)) throw new TypeError('expected a safe integer to present');
    return value as number;
  },
  parseValue: parse,
  parseLiteral: (node) => {
    if (node.kind !== Kind.INT && node.kind !== Kind.FLOAT) throw refuse(undefined);
    return parse(Number(node.value));
  },
});
