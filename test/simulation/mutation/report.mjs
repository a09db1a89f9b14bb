// Of Stryker's own report what is worth keeping: the score of each file and of all, beside the other results.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const { files } = JSON.parse(readFileSync('.refrain/mutation.json', 'utf8'));

/** A mutant that timed out was noticed too; one that could not be compiled was none. */
const counted = (mutants) => {
  const count = (...statuses) => mutants.filter(({ status }) => statuses.includes(status)).length;
  const detected = count('Killed', 'Timeout');
  const valid = detected + count('Survived', 'NoCoverage');
  return { detected, valid };
};
const scoreOf = ({ detected, valid }) =>
  valid === 0 ? 100 : Math.round((detected / valid) * 1000) / 10;

const perFile = Object.entries(files).map(([file, { mutants }]) => ({ file, ...counted(mutants) }));
const total = perFile.reduce(
  (sum, { detected, valid }) => ({ detected: sum.detected + detected, valid: sum.valid + valid }),
  { detected: 0, valid: 0 },
);
const result = {
  commit: execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8' }).trim(),
  score: scoreOf(total),
  ...total,
  files: perFile.map((one) => ({ ...one, score: scoreOf(one) })),
};
mkdirSync('simulation/results', { recursive: true });
writeFileSync('simulation/results/mutation.json', `${JSON.stringify(result, null, 2)}\n`);
for (const { file, detected, valid, score } of result.files)
  console.log(`${String(score).padStart(5)} %  ${detected} of ${valid}  ${file}`);
console.log(`${result.score} % of ${total.valid} mutants were noticed`);
