import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const SHAPE = /^[A-Z]{3}$/;

const parse = (found: unknown): string => {
  if (typeof found === 'string' && SHAPE.test(found)) return found;
  throw new GraphQLError(
    `expected a Currency, three capital letters by ISO 4217, found ${JSON.stringify(found)?.slice(0, 20)}`,
    { extensions: { code: 'BAD_USER_INPUT' } },
  );
};

/** Only the shape: whether there is such a currency, and whether the account takes it, is answered in `userErrors`. */
export const Currency = new GraphQLScalarType<string, string>({
  name: 'Currency',
  description: 'A currency by ISO 4217: `KRW`.',
  specifiedByURL: 'https://www.iso.org/iso-4217-currency-codes.html',
  serialize: (value) => parse(value),
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
});
