/** Mutates the pure decisions about money and runs the specs beside them: whatever survives is a decision that no test looks at. */
export default {
  testRunner: 'jest',
  jest: { configFile: 'test/simulation/mutation/jest.config.mjs' },
  mutate: [
    'libs/charges/src/{charge-state,settlement,look,earlier-attempts,refund,provider-refund,resolution,provider-reference}.ts',
    'libs/providers/*/src/{classify-charge,refusals,failure-codes}.ts',
    'libs/kernel/src/money.ts',
    'libs/dunning/src/retry-decision.ts',
    'libs/bulk-charges/src/provider-operation.ts',
  ],
  coverageAnalysis: 'perTest',
  // What did not change since the last run keeps its result: the second run takes a minute.
  incremental: true,
  incrementalFile: '.refrain/mutation-incremental.json',
  // Two: the machines that run it have two cores, and each runner brings a jest of its own.
  concurrency: 2,
  timeoutMS: 20_000,
  tempDirName: '.refrain/mutation',
  // A list of files to leave out of the copy that is mutated: nothing in them is needed to run a pure spec.
  ignorePatterns: ['dist', 'docs', '.refrain', 'apps', 'coverage'],
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: '.refrain/mutation.json' },
  thresholds: { high: 95, low: 85, break: 85 },
};
