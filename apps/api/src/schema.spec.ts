import { existsSync, readFileSync } from 'node:fs';
import { isObjectType, isNonNullType, isListType, type GraphQLSchema } from 'graphql';
import { buildSchema, printedSchema } from './schema.js';

describe('the schema', () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await buildSchema();
  });

  it('is the committed one; `npm run schema` writes it', async () => {
    expect(existsSync('schema.graphql')).toBe(true);
    expect(readFileSync('schema.graphql', 'utf8')).toBe(await printedSchema());
  });

  it('has mutations of one shape: name(input: NameInput!): NamePayload! with userErrors', () => {
    const mutations = Object.values(schema.getMutationType()!.getFields());
    for (const { name, args, type } of mutations) {
      const Name = name.charAt(0).toUpperCase() + name.slice(1);
      expect(args.map((arg) => `${arg.name}: ${arg.type}`)).toEqual([`input: ${Name}Input!`]);
      expect(String(type)).toBe(`${Name}Payload!`);
      const payload = schema.getType(`${Name}Payload`);
      const fields = isObjectType(payload) ? payload.getFields() : {};
      expect(String(fields['userErrors']?.type)).toBe('[UserError!]!');
    }
  });

  it('has enum values in UPPER_SNAKE', () => {
    for (const [name, type] of Object.entries(schema.getTypeMap())) {
      if (name.startsWith('__') || !('getValues' in type)) continue;
      for (const value of type.getValues()) expect(value.name).toMatch(/^[A-Z][A-Z0-9_]*$/);
    }
  });

  it('bounds every connection by first and last', () => {
    for (const type of Object.values(schema.getTypeMap())) {
      if (!isObjectType(type)) continue;
      for (const field of Object.values(type.getFields())) {
        const named = isNonNullType(field.type) ? field.type.ofType : field.type;
        if (isListType(named) || !String(named).endsWith('Connection')) continue;
        const names = field.args.map((arg) => arg.name);
        expect(names).toEqual(expect.arrayContaining(['first', 'after', 'last', 'before']));
      }
    }
  });
});
