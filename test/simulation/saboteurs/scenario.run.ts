import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Patch } from '../test-build/patch.js';

/** What became of each named test of a spec. A test that could not be run proves nothing, and is told from one that failed. */
export type Verdict =
  | { readonly kind: 'PASSED' }
  /** An expectation of it was not met. */
  | { readonly kind: 'FAILED'; readonly message: string }
  /** The build, the patch, the house or the test itself broke. */
  | { readonly kind: 'BROKEN'; readonly message: string };

interface JestReport {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const JEST = join('node_modules', 'jest', 'bin', 'jest.js');
/** Enough of a message to see what it is about. */
const MESSAGE_MAX = 400;

const escaped = (name: string): string => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Runs these tests of a spec against the product with the patches laid over it. */
export const runScenarios = async (
  spec: string,
  tests: readonly string[],
  { patches, databaseUrl }: { readonly patches: readonly Patch[]; readonly databaseUrl: string },
): Promise<ReadonlyMap<string, Verdict>> => {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-saboteur-'));
  const file = join(folder, 'report.json');
  try {
    const jest = spawn(
      process.execPath,
      [
        ...[JEST, '--runTestsByPath', spec, '--maxWorkers=1', '--reporters=default'],
        ...[`--testNamePattern=(${tests.map(escaped).join('|')})$`],
        ...['--json', `--outputFile=${file}`, '--no-color'],
      ],
      {
        env: {
          ...process.env,
          REFRAIN_PATCHES: JSON.stringify(patches),
          TEST_DATABASE_URL: databaseUrl,
        },
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const said = await text(jest.stderr);
    const report = await readFile(file, 'utf8').catch(() => undefined);
    return verdictsOf(tests, report ? (JSON.parse(report) as JestReport) : undefined, said);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const verdictsOf = (
  tests: readonly string[],
  report: JestReport | undefined,
  said: string,
): ReadonlyMap<string, Verdict> => {
  const results = report?.testResults ?? [];
  const message = results.map((result) => result.message).join('\n') || said;
  const assertions = results.flatMap(({ assertionResults }) => assertionResults);
  return new Map(
    tests.map((test) => {
      const result = assertions.find(({ title }) => title === test);
      if (result?.status === 'passed') return [test, { kind: 'PASSED' }];
      if (result?.status === 'failed') return [test, failureOf(result.failureMessages.join('\n'))];
      return [test, { kind: 'BROKEN', message: shortened(message) }];
    }),
  );
};

/** Jest's own matchers begin their messages so; whatever else was thrown is no judgement about the product. */
const failureOf = (message: string): Verdict => ({
  kind: message.includes('expect(') ? 'FAILED' : 'BROKEN',
  message: shortened(message),
});

const shortened = (message: string): string => message.trim().slice(0, MESSAGE_MAX);
