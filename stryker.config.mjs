import { CENTRE } from './test/simulation/mutation/centre.mjs';

const part = Number(process.env['MUTATION_PART'] ?? 0);

/** Mutates one part of the centre and runs the specs beside it: whatever survives is a decision that no test looks at. `npm run mutation` goes
 * through all parts. */
export default {
  testRunner: 'jest',
  jest: { configFile: 'test/simulation/mutation/jest.config.mjs' },
  mutate: [CENTRE[part].mutate],
  plugins: ['@stryker-mutator/jest-runner', './test/simulation/mutation/sources.mjs'],
  ignorers: ['sources'],
  coverageAnalysis: 'perTest',
  // What did not change since the last run keeps its result: the second run takes a minute.
  incremental: true,
  incrementalFile: `.refrain/mutation/incremental-${part}.json`,
  // Two: the machines that run it have two cores, and each runner brings a jest of its own.
  concurrency: 2,
  timeoutMS: 20_000,
  tempDirName: '.refrain/mutation/sandbox',
  // A list of files to leave out of the copy that is mutated: nothing in them is needed to run a pure spec.
  ignorePatterns: ['dist', 'docs', 'bench', '.refrain', 'apps', 'coverage'],
  reporters: ['clear-text', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: `.refrain/mutation/part-${part}.json` },
  // All parts together are judged by test/simulation/mutation/main.mjs.
  thresholds: { high: 95, low: 85, break: null },
};
