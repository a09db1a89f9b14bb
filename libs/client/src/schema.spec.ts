import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  parse,
  validate,
  type GraphQLInputType,
  type GraphQLOutputType,
} from 'graphql';
import { z } from 'zod';
import type { Operation } from './operation.js';
import { OPERATIONS } from './operations.js';

/** The schema that others build against, as it is committed. */
const schema = buildSchema(readFileSync(join(__dirname, '../../../schema.graphql'), 'utf8'));
const operations: Operation<never, unknown>[] = Object.values(OPERATIONS);

type Type = GraphQLOutputType | GraphQLInputType;

/** Where what this client believes differs from what the schema says, as sentences. */
const differences = (believed: z.ZodType, said: Type, path: string): string[] => {
  const isInput = path.includes('input');
  const mayLack = believed instanceof z.ZodNullable || believed instanceof z.ZodOptional;
  const core = mayLack ? (believed.unwrap() as z.ZodType) : believed;
  const type = getNullableType(said);
  // An input may be stricter here than it must be; an answer must not.
  if (!isNonNullType(said) && !mayLack && !isInput) return [`${path} may be null`];
  if (isNonNullType(said) && mayLack && !isInput) return [`${path} is never null`];
  if (isNonNullType(said) && mayLack && isInput) return [`${path} is required`];
  if (isListType(type) !== core instanceof z.ZodArray) return [`${path}: one is a list`];
  if (isListType(type))
    return differences((core as z.ZodArray<z.ZodType>).element, type.ofType, `${path}[]`);
  const named = getNamedType(type);
  if (core instanceof z.ZodEnum && isEnumType(named)) {
    const ours = core.options as string[];
    const missing = named.getValues().filter(({ name }) => !ours.includes(name));
    return isInput ? [] : missing.map(({ name }) => `${path}: ${name} is not known here`);
  }
  if (!(core instanceof z.ZodObject)) return [];
  if (!isObjectType(named) && !isInputObjectType(named)) return [`${path} is no object`];
  return fieldDifferences(core, named, path);
};

/** What has a default may be left out of an input, however it is typed. */
const hasDefault = (field: object): boolean =>
  'defaultValue' in field && field.defaultValue !== undefined;

const fieldDifferences = (
  object: z.ZodObject,
  type: { getFields: () => Record<string, { readonly type: Type }> },
  path: string,
): string[] => {
  const fields = type.getFields();
  const shape = object.shape as Record<string, z.ZodType>;
  const required = Object.entries(fields).filter(
    ([name, field]) =>
      path.includes('input') && isNonNullType(field.type) && !hasDefault(field) && !shape[name],
  );
  return [
    ...required.map(([name]) => `${path}.${name} is required`),
    ...Object.entries(shape).flatMap(([name, field]) => {
      const said = fields[name];
      if (!said) return [`${path}.${name} is not there`];
      const type = hasDefault(said) ? getNullableType(said.type) : said.type;
      return differences(field, type, `${path}.${name}`);
    }),
  ];
};

describe.each(operations.map((operation) => [operation.name, operation] as const))(
  '%s',
  (name, { document, shape }) => {
    it('is a document that the schema takes', () => {
      expect(validate(schema, parse(document)).map(({ message }) => message)).toEqual([]);
    });

    it('reads an answer as the schema gives it, and sends an input as the schema asks for it', () => {
      const root = shape.kind === 'query' ? schema.getQueryType() : schema.getMutationType();
      const field = root?.getFields()[name];
      if (!field) throw new Error(`expected the schema to have ${name}`);
      const found =
        shape.kind === 'query'
          ? differences(shape.answer, field.type, name)
          : // A payload's objects are null only where there are user errors, and then they are not read.
            differences(shape.answer, field.type, name).filter(
              (line) => !new RegExp(`^${name}\\.\\w+ may be null$`).test(line),
            );
      const input = field.args.find((argument) => argument.name === 'input');
      if (shape.input && input) found.push(...differences(shape.input, input.type, 'input'));
      expect(found).toEqual([]);
    });
  },
);
