// `npm run mutation`: every part of the centre, one after the other. Of Stryker's own reports what is worth keeping stands beside the other
// results: the score of each file and of all.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

import globalSetup from '../../support/global-setup.mjs';
import globalTeardown from '../../support/global-teardown.mjs';
import { CENTRE } from './centre.mjs';

/** In percent; below it a change that costs money would pass unseen. */
const SCORE_MIN = 85;

/** A mutant that timed out was noticed too; one that could not be compiled was none. */
const counted = (mutants) => {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const detected = count('Killed', 'Timeout');
  return { detected, valid: detected + count('Survived', 'NoCoverage') };
};
const scoreOf = ({ detected, valid }) =>
  valid === 0 ? 100 : Math.round((detected / valid) * 1000) / 10;

const mutate = ({ mutate: files }, part) => {
  console.log(`==> part ${part + 1} of ${CENTRE.length}: ${files}`);
  const env = { ...process.env, MUTATION_PART: String(part) };
  const { status } = spawnSync('npx', ['stryker', 'run'], { stdio: 'inherit', env });
  if (status !== 0) throw new Error(`expected part ${part + 1} to run, found exit code ${status}`);
  const report = JSON.parse(readFileSync(`.refrain/mutation/part-${part}.json`, 'utf8'));
  return Object.entries(report.files).map(([file, { mutants }]) => ({ file, ...counted(mutants) }));
};

mkdirSync('.refrain/mutation', { recursive: true });
// One database for all runs of jest, which are thousands: a table of the centre is held to what the database says.
await globalSetup();
const files = [];
try {
  for (const [index, part] of CENTRE.entries()) files.push(...mutate(part, index));
} finally {
  await globalTeardown();
}
const total = files.reduce(
  (sum, { detected, valid }) => ({ detected: sum.detected + detected, valid: sum.valid + valid }),
  { detected: 0, valid: 0 },
);
const result = {
  commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
  score: scoreOf(total),
  ...total,
  files: files
    .toSorted((a, b) => (a.file < b.file ? -1 : 1))
    .map((one) => ({ ...one, score: scoreOf(one) })),
};
mkdirSync('simulation/results', { recursive: true });
writeFileSync('simulation/results/mutation.json', `${JSON.stringify(result, null, 2)}\n`);
for (const { file, detected, valid, score } of result.files)
  console.log(`${String(score).padStart(5)} %  ${detected} of ${valid}  ${file}`);
console.log(`${result.score} % of ${total.valid} mutants were noticed`);
process.exitCode = result.score < SCORE_MIN ? 1 : 0;
