import { readdirSync, readFileSync } from 'node:fs';
import { isObjectType, type GraphQLSchema } from 'graphql';
import { findUnscopedFields, requiredScopeOf } from '#platform/graphql';
import { isScope } from '#merchants';
import { buildSchema } from './schema.js';

const sources = readdirSync(__dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.resolver.ts'))
  .map((file) => ({ file, source: readFileSync(`${__dirname}/${file}`, 'utf8') }));

/** What stands between a decorator and the method it decorates, with its own arguments skipped. */
const decoratorsAfter = (source: string, start: number): string =>
  source.slice(start, source.indexOf(') {', source.indexOf('\n  ', start)));

describe('scopes', () => {
  let schema: GraphQLSchema;
  beforeAll(async () => {
    schema = await buildSchema();
  });

  it('are stated on every query and mutation', () => {
    expect(findUnscopedFields(schema)).toEqual([]);
  });

  it('are stated on every resolved field', () => {
    const unscoped = sources.flatMap(({ file, source }) =>
      [...source.matchAll(/@ResolveField\(/g)]
        .filter(({ index }) => !/@(RequireScope|AnyScope)\(/.test(decoratorsAfter(source, index)))
        .map(({ index }) => `${file}:${source.slice(0, index).split('\n').length}`),
    );
    expect(unscoped).toEqual([]);
  });

  it('are of the fixed list', () => {
    const stated = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type))
      .flatMap((type) => Object.values(type.getFields()).map(requiredScopeOf))
      .filter((scope) => scope !== undefined && scope !== '*');
    expect(stated.length).toBeGreaterThan(0);
    expect(stated.filter((scope) => !isScope(scope!))).toEqual([]);
  });
});
