import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** RFC 3339: a date, a time and an offset; without one nobody could say which instant is meant. */
const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

const refuse = (found: unknown): GraphQLError =>
  new GraphQLError(
    `expected a DateTime with an offset, such as 2026-01-31T09:00:00Z, found ${JSON.stringify(found)?.slice(0, 60)}`,
    { extensions: { code: 'BAD_USER_INPUT' } },
  );

const parse = (found: unknown): Date => {
  const match = typeof found === 'string' ? RFC_3339.exec(found) : null;
  if (!match) throw refuse(found);
  // Date rolls 31 February over to 3 March; such a day is a mistake, not a wish.
  const asWritten = new Date(`${match[1]}T${match[2]}Z`);
  if (Number.isNaN(asWritten.getTime())) throw refuse(found);
  if (!asWritten.toISOString().startsWith(`${match[1]}T${match[2]}`)) throw refuse(found);
  const at = new Date(found as string);
  if (Number.isNaN(at.getTime())) throw refuse(found);
  return at;
};

/** An instant. In: RFC 3339 with any offset. Out: UTC with milliseconds. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'An instant as RFC 3339, in UTC: `2026-01-31T09:00:00.000Z`.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize: (value) => {
    if (!(value instanceof Date)) throw new TypeError('expected a Date to present');
    return value.toISOString();
  },
  parseValue: parse,
  parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
});
