import base from '../../../jest.config.mjs';

const { globalSetup: _, globalTeardown: __, ...plain } = base;

/** The specs beside the pure decisions: no database, no process, no network, so that they run in seconds, thousands of times. */
export default {
  ...plain,
  rootDir: process.cwd(),
  reporters: ['default'],
  setupFiles: ['<rootDir>/test/simulation/mutation/quick.mjs'],
  testRegex: [
    'libs/charges/src/(charge-state|settlement|look[a-z-]*|earlier-attempts|refund|provider-refund|resolution|provider-reference)\\.spec\\.ts$',
    'libs/providers/[a-z]+/src/(classify-[a-z-]+|refusals|failure-codes)\\.spec\\.ts$',
    'libs/kernel/src/money\\.spec\\.ts$',
    'libs/dunning/src/retry-decision\\.spec\\.ts$',
    'libs/bulk-charges/src/provider-operation\\.spec\\.ts$',
  ],
};
