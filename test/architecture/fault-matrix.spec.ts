import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(__dirname, '../..');
const ROWS = Array.from({ length: 98 }, (_, index) => index + 1);
interface Line {
  readonly row: number;
  readonly specs: readonly string[];
  readonly isExplained: boolean;
}

const table: readonly Line[] = readFileSync(join(ROOT, 'docs/fault-matrix.md'), 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, row, shown = ''] = /^\| *(\d+) *\|.*\|([^|]*)\|$/.exec(line) ?? [];
    const specs = [...shown.matchAll(/`([^`]+\.spec\.ts)`/g)].map(([, spec = '']) => spec);
    return row ? [{ row: Number(row), specs, isExplained: /^ *not shown.{10}/.test(shown) }] : [];
  });

const specsIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.spec.ts'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));

/** What a test's name ends in: a number, or several with commas and "and". */
const ROWS_OF_NAME = /\(rows? (\d[\d, and]*)\)['"`]/g;

const claimed = new Map(
  ['test', 'libs', 'apps']
    .flatMap(specsIn)
    .map((spec): [string, ReadonlySet<number>] => [
      spec,
      new Set(
        [...readFileSync(join(ROOT, spec), 'utf8').matchAll(ROWS_OF_NAME)].flatMap(
          ([, named = '']) => (named.match(/\d+/g) ?? []).map(Number),
        ),
      ),
    ])
    .filter(([, rows]) => rows.size > 0),
);

describe('the fault matrix', () => {
  it('has each of its rows once, in order', () => {
    expect(table.map(({ row }) => row)).toEqual(ROWS);
  });

  it('says of each row which test shows it, or why none does', () => {
    const silent = table.filter(({ specs, isExplained }) => specs.length === 0 && !isExplained);
    expect(silent).toEqual([]);
  });

  it('names specs that are there and have a test of that row', () => {
    const missing = table.flatMap(({ row, specs }) =>
      specs
        .filter((spec) => !existsSync(join(ROOT, spec)) || !claimed.get(spec)?.has(row))
        .map((spec) => `${row}: ${spec}`),
    );
    expect(missing).toEqual([]);
  });

  it('knows every test that claims a row', () => {
    const unknown = [...claimed].flatMap(([spec, rows]) =>
      [...rows]
        .filter((row) => !table[row - 1]?.specs.includes(spec))
        .map((row) => `${spec}: row ${row}`),
    );
    expect(unknown).toEqual([]);
  });
});
