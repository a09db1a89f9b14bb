import base from '../../../jest.config.mjs';
import { CENTRE } from './centre.mjs';

const { globalSetup: _, globalTeardown: __, ...plain } = base;

/** The specs beside the pure decisions of one part: no process, no network and one database for all runs, so that they run in seconds, thousands of times. */
export default {
  ...plain,
  rootDir: process.cwd(),
  reporters: ['default'],
  setupFiles: ['<rootDir>/test/simulation/mutation/quick.mjs'],
  testRegex: [CENTRE[Number(process.env['MUTATION_PART'] ?? 0)].specs],
};
