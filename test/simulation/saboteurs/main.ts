import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import Table from 'cli-table3';
import { Command } from 'commander';
import pLimit from 'p-limit';
import { createTestCluster } from '#platform/embedded-postgres';
import type { NamedScenario, Saboteur } from './saboteur.js';
import { SABOTEURS } from './saboteurs.js';
import { runScenarios, type Verdict } from './scenario.run.js';

/** Each has a house with a database, an API, a worker and a sandbox: two fill two cores. */
const AT_ONCE = 2;
const RESULTS = join('simulation', 'results', 'saboteurs.json');

interface Named extends Saboteur {
  readonly caughtBy: NamedScenario;
}
interface Outcome {
  readonly saboteur: Named;
  /** Of its scenario with the saboteur in. */
  readonly verdict: Verdict;
  readonly seconds: number;
}

const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

/** By name or number; all when nobody is named. */
const chosen = (wanted: readonly string[]): Named[] => {
  const known = new Set(SABOTEURS.flatMap(({ name, number }) => [name, `${number}`]));
  const unknown = wanted.filter((name) => !known.has(name));
  if (unknown.length > 0)
    throw new Error(
      `no saboteur ${unknown.join(', ')}; there are ${SABOTEURS.map(({ name }) => name).join(', ')}`,
    );
  return SABOTEURS.filter(
    ({ name, number }) =>
      wanted.length === 0 || wanted.includes(name) || wanted.includes(`${number}`),
  ).filter((saboteur): saboteur is Named => 'spec' in saboteur.caughtBy);
};

const secondsSince = (began: number): number => Math.round((performance.now() - began) / 100) / 10;

/** The scenarios against the product as it is, once per spec: one that fails here catches nobody. */
const runUnharmed = async (
  saboteurs: readonly Named[],
  databaseUrl: string,
): Promise<readonly string[]> => {
  const specs = [...new Set(saboteurs.map(({ caughtBy }) => caughtBy.spec))];
  const limit = pLimit(AT_ONCE);
  const problems = await Promise.all(
    specs.map((spec) =>
      limit(async () => {
        const began = performance.now();
        const tests = saboteurs
          .filter(({ caughtBy }) => caughtBy.spec === spec)
          .map(({ caughtBy }) => caughtBy.test);
        const verdicts = await runScenarios(spec, tests, { patches: [], databaseUrl });
        say(`${spec}: ${tests.length} without a saboteur, ${secondsSince(began)} s`);
        return [...verdicts].flatMap(([test, verdict]) =>
          verdict.kind === 'PASSED' ? [] : [`${spec}: ${test}\n${verdict.message}`],
        );
      }),
    ),
  );
  return problems.flat();
};

const runSabotaged = (saboteurs: readonly Named[], databaseUrl: string): Promise<Outcome[]> => {
  const limit = pLimit(AT_ONCE);
  let done = 0;
  return Promise.all(
    saboteurs.map((saboteur) =>
      limit(async () => {
        const began = performance.now();
        const { patches, caughtBy } = saboteur;
        const { spec, test } = caughtBy;
        const verdicts = await runScenarios(spec, [test], { patches, databaseUrl });
        const verdict = verdicts.get(test) ?? { kind: 'BROKEN', message: 'it was not run' };
        const seconds = secondsSince(began);
        done += 1;
        say(`${done}/${saboteurs.length} ${saboteur.name}: ${WORDS[verdict.kind]}, ${seconds} s`);
        return { saboteur, verdict, seconds };
      }),
    ),
  );
};

const WORDS: Readonly<Record<Verdict['kind'], string>> = {
  FAILED: 'CAUGHT',
  PASSED: 'MISSED',
  BROKEN: 'BROKEN',
};

const render = (outcomes: readonly Outcome[]): string => {
  const table = new Table({
    head: ['', 'saboteur', 'scenario', 'verdict', 'seconds'],
    colAligns: ['right', 'left', 'left', 'left', 'right'],
    style: { head: [], border: [] },
  });
  for (const { saboteur, verdict, seconds } of outcomes)
    table.push([
      saboteur.number,
      saboteur.name,
      saboteur.caughtBy.test,
      WORDS[verdict.kind],
      seconds.toFixed(1),
    ]);
  return table.toString();
};

const keep = async (outcomes: readonly Outcome[]): Promise<void> => {
  const { stdout } = await promisify(execFile)('git', ['rev-parse', 'HEAD']);
  const results = {
    commit: stdout.trim(),
    saboteurs: outcomes.map(({ saboteur: { number, name, caughtBy }, verdict, seconds }) => ({
      ...{ number, name, caughtBy, caught: verdict.kind === 'FAILED', seconds },
    })),
  };
  await mkdir(dirname(RESULTS), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
};

/** Answers whether the scenarios see: each passes as the product is, and fails with its saboteur in. */
const prove = async (wanted: readonly string[]): Promise<boolean> => {
  const began = performance.now();
  const saboteurs = chosen(wanted);
  const cluster = await createTestCluster();
  try {
    const problems = await runUnharmed(saboteurs, cluster.url);
    for (const problem of problems) say(`\nfails without any saboteur: ${problem}`);
    if (problems.length > 0) return false;
    const outcomes = await runSabotaged(saboteurs, cluster.url);
    if (wanted.length === 0) await keep(outcomes);
    const caught = outcomes.filter(({ verdict }) => verdict.kind === 'FAILED');
    process.stdout.write(`${render(outcomes)}\n`);
    for (const { saboteur, verdict } of outcomes)
      if (verdict.kind === 'BROKEN') say(`\n${saboteur.name} broke the run: ${verdict.message}`);
    process.stdout.write(
      `${caught.length} of ${outcomes.length} caught, ${secondsSince(began)} s\n`,
    );
    return caught.length === outcomes.length;
  } finally {
    await cluster.stop();
  }
};

const program = new Command('saboteurs')
  .description('Shows that each breakage of the product is caught by the scenario named for it.')
  .argument('[names...]', 'by name or number; all when none is named')
  .action(async (names: string[]) => {
    try {
      process.exitCode = (await prove(names)) ? 0 : 1;
    } catch (error) {
      program.error(error instanceof Error ? error.message : String(error), { exitCode: 2 });
    }
  });

await program.parseAsync();
