import { availableParallelism } from 'node:os';

/** Everything, node_modules too, is compiled to CommonJS by swc: Nest 12 is ESM only, some of what stands beside it is CommonJS only,
 * and jest's own ESM mode cannot mix the two on Node 20 (docs/adr/0006-test-recipe.md). */
export default {
  rootDir: '.',
  testEnvironment: 'node',
  // On two cores jest itself would run one file after another, of which the longest mostly wait.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  reporters: ['default', '<rootDir>/test/support/count.reporter.mjs'],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  // A test that waits for a database on two busy cores must not fail for being second in line.
  testTimeout: 30_000,
  moduleFileExtensions: ['ts', 'js', 'mjs', 'cjs', 'json'],
  testRegex: '.*\\.spec\\.ts$',
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.refrain'],
  moduleNameMapper: {
    '^#platform/(.*)$': '<rootDir>/libs/platform/src/$1/index.ts',
    '^#providers/(.*)$': '<rootDir>/libs/providers/$1/src/index.ts',
    '^#(kernel|merchants|billing-keys|charges|scheduling|bulk-charges|dunning|webhooks|events|client)$':
      '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transformIgnorePatterns: [],
  transform: {
    '^.+\\.(t|j|mj|cj)s$': [
      // @swc/jest, over which the saboteurs' proof lays its patches.
      '<rootDir>/test/support/patching-transformer.mjs',
      {
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: {
            legacyDecorator: true,
            decoratorMetadata: true,
            useDefineForClassFields: false,
          },
          keepClassNames: true,
        },
        module: { type: 'commonjs' },
        sourceMaps: 'inline',
      },
    ],
  },
};
