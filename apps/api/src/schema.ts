import type { Type } from '@nestjs/common';
import { MODULE_METADATA } from '@nestjs/common/constants.js';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaBuilderModule, GraphQLSchemaFactory } from '@nestjs/graphql';
import { lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql';
import { FACES } from './faces.js';
import { INTERFACES } from './graphql/graphql.module.js';
import { NodeModule } from './node/node.module.js';

/** Read from the faces, so that a new one needs no second list. */
const resolvers = (): Type[] =>
  [NodeModule, ...FACES]
    .flatMap((face) => (Reflect.getMetadata(MODULE_METADATA.PROVIDERS, face) ?? []) as unknown[])
    .filter((provider): provider is Type => typeof provider === 'function');

/** The schema as it is served, made without a database or a server. */
export const buildSchema = async (): Promise<GraphQLSchema> => {
  const app = await NestFactory.createApplicationContext(GraphQLSchemaBuilderModule, {
    logger: ['error', 'warn'],
  });
  try {
    return await app.get(GraphQLSchemaFactory).create(resolvers(), {
      orphanedTypes: INTERFACES as never[],
      noDuplicatedFields: true,
    });
  } finally {
    await app.close();
  }
};

export const printedSchema = async (): Promise<string> =>
  `${printSchema(lexicographicSortSchema(await buildSchema()))}\n`;
