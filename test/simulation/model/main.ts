import { parseArgs } from 'node:util';

import { tellStories } from './campaign.js';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const seed = Number(values.seed);
const startedMs = performance.now();
const { runs, hits, story } = tellStories({ runs: Number(values.runs), seed });
const minutes = (performance.now() - startedMs) / 60_000;

say(`seed ${seed}: ${runs} runs, ${Math.round(runs / minutes)} a minute`);
for (const [what, count] of [...hits].toSorted(([a], [b]) => (a < b ? -1 : 1)))
  say(`  ${what}: ${count}`);
if (story) {
  say('An invariant is broken. The shortest story found:');
  for (const line of story) say(`  ${line}`);
  process.exitCode = 1;
}
