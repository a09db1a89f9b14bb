import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spreadOf } from '../checker/coverage.js';
import type { CalendarResult } from '../calendar/main.js';
import type { RecoveryTimes } from '../recovery/measure.js';
import type { CampaignRun, Totals } from './campaign.js';

const PAPER = join('docs', 'reliability.md');
const RESULTS = join('simulation', 'results');
const PLACE = /(<!-- report:begin -->\n)[\s\S]*(<!-- report:end -->)/;

interface Saboteurs {
  readonly saboteurs: readonly {
    readonly number: number;
    readonly name: string;
    readonly caught: boolean;
  }[];
}
interface Mutation {
  readonly score: number;
}

/** Nothing only where there is none: what cannot be read must not be taken for nothing, and written over. */
export const readJson = async <T>(path: string): Promise<T | undefined> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : (JSON.parse(text) as T);
};

const readResult = <T>(name: string): Promise<T | undefined> => readJson<T>(join(RESULTS, name));

const wordsOf = (times: CampaignRun['unclearMs']): string =>
  times ? `${times.count} times: p50 ${times.p50} ms, p99 ${times.p99} ms` : 'not measured';

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

const recoveryOf = (times: RecoveryTimes | undefined): string =>
  times
    ? `At the constants people run it with: an API starts in ${seconds(spreadOf(times.apiStartsMs).p50)}, a worker in ` +
      `${seconds(spreadOf(times.workerStartsMs).p50)}; after a crash of PostgreSQL a charge is asked for, sent and settled within ` +
      `${seconds(Math.max(...Object.values(times.afterCrashMs)))} without a hand; what a worker had open when it was killed ` +
      `is decided by another after ${seconds(times.takeoverMs)}.`
    : 'Recovery at the constants people run it with: not measured.';

const calendarOf = (result: CalendarResult | undefined): string =>
  result
    ? `Recurrences held against rrule, luxon and PostgreSQL: ${result.cases.toLocaleString('en')} random cases each, and every zone’s ` +
      `changes of the clocks from 2000 to 2060: no difference without an explanation.`
    : 'Recurrences against their oracles: not run in the long size.';

const rowsOf = (runs: readonly CampaignRun[]): string[] =>
  runs.map(
    (run) =>
      `| ${run.on} | ${run.commit.slice(0, 9)} | ${run.firstSeed}–${run.firstSeed + run.seeds - 1} | ${run.charges} | ${run.kills} | ${run.postgresCrashes} | ${run.violations.length} | ${wordsOf(run.unclearMs)} |`,
  );

const hitsOf = (hits: Totals['hits']): string[] =>
  Object.entries(hits).map(([name, count]) => `| ${name} | ${count} |`);

/** The report as it stands in the paper. */
export const renderReport = async ({
  runs,
  totals,
  reasons,
}: {
  readonly runs: readonly CampaignRun[];
  readonly totals: Totals;
  readonly reasons: readonly string[];
}): Promise<string> => {
  const saboteurs = await readResult<Saboteurs>('saboteurs.json');
  const mutation = await readResult<Mutation>('mutation.json');
  const calendar = await readResult<CalendarResult>('calendar.json');
  const recovery = await readResult<RecoveryTimes>('recovery.json');
  const caught = saboteurs?.saboteurs.filter((one) => one.caught).length;
  return [
    `${totals.seeds} seeds, ${totals.charges} faulted charges, ${totals.kills} kills and stops, ` +
      `${totals.postgresCrashes} crashes of PostgreSQL, **${totals.violations} violations**.`,
    '',
    reasons.length === 0 ? 'The campaign is whole.' : `Not whole yet: ${reasons.join('; ')}.`,
    '',
    `Saboteurs caught: ${caught === undefined ? 'not run' : `${caught} of ${saboteurs?.saboteurs.length}`}. ` +
      `Mutation score of the centre: ${mutation ? `${mutation.score} %` : 'not run'}.`,
    '',
    calendarOf(calendar),
    '',
    recoveryOf(recovery),
    '',
    '| on | commit | seeds | charges | kills and stops | PostgreSQL crashes | violations | unclear until decided |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rowsOf(runs),
    '',
    '| what was hit | times |',
    '| --- | --- |',
    ...hitsOf(totals.hits),
    '',
  ].join('\n');
};

export const writeReport = async (report: string): Promise<void> => {
  const paper = await readFile(PAPER, 'utf8');
  await writeFile(
    PAPER,
    paper.replace(PLACE, (_, begin: string, end: string) => `${begin}${report}${end}`),
  );
};
