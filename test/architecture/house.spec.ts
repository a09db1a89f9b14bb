import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What the style of the house asks for and neither oxlint nor dependency-cruiser can see. */

const ROOT = join(__dirname, '../..');
const SKIPPED = new Set(['node_modules', 'dist', 'console']);
const DOMAIN =
  /^libs\/(billing-keys|charges|scheduling|bulk-charges|dunning|webhooks|events|merchants)\//;

interface Source {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
}

const readSources = (folder: string): Source[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((path) => !path.split('/').some((part) => SKIPPED.has(part)))
    .map((path) => {
      const text = readFileSync(join(ROOT, path), 'utf8');
      return { path, text, lines: text.split('\n') };
    });

const sources = ['apps', 'libs', 'test'].flatMap(readSources);
const isSpec = ({ path }: Source): boolean => path.endsWith('.spec.ts');
const production = sources.filter((source) => !source.path.startsWith('test/') && !isSpec(source));

/** `path:line` of each line that matches, comments left out. */
const findLines = (among: readonly Source[], pattern: RegExp): string[] =>
  among.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) =>
      pattern.test(line.replace(/\/\/.*|^\s*(\/\*|\*).*/, '')) ? [`${path}:${index + 1}`] : [],
    ),
  );

it('reads the sources it is about', () => {
  expect(production.length).toBeGreaterThan(10);
});

describe('names', () => {
  it('are kebab-case nouns with a role, and never a drawer for whatever', () => {
    const drawers = /(^|\/)(helpers?|utils?|common|shared)(\/|\.ts$)|(^|\/)types\.ts$/;
    const kebab = /^([a-z0-9-]+\/)*[a-z0-9-]+(\.[a-z0-9-]+)*\.(ts|mjs)$/;
    const wrong = sources.map(({ path }) => path);
    expect(wrong.filter((path) => drawers.test(path) || !kebab.test(path))).toEqual([]);
  });

  it("are the product's own in the domain: a provider's words stay in its adapter", () => {
    const domain = production.filter(({ path }) => DOMAIN.test(path));
    const foreign =
      /\b(customer_?uid|merchant_?uid|imp_?uid|unscheduled_?subscription|tenant)(_?ids?)?\b/i;
    expect(findLines(domain, foreign)).toEqual([]);
  });
});

describe('modules', () => {
  it('export by name, each name in sight', () => {
    expect(findLines(sources, /^export (type )?\*/)).toEqual([]);
  });

  it('load anywhere: import.meta stands in main files only', () => {
    const loaded = production.filter(({ path }) => !/\bmain\.ts$/.test(path));
    expect(findLines(loaded, /\bimport\.meta\b/)).toEqual([]);
  });

  it('open a library with what it is, what it promises and what it refuses', () => {
    const doors = production.filter(({ path }) =>
      /^libs\/([^/]+|providers\/[^/]+)\/src\/index\.ts$/.test(path),
    );
    const silent = doors.filter(
      ({ lines }) => !lines.slice(0, 3).every((line) => /^\/\/ ./.test(line)),
    );
    expect(silent.map(({ path }) => path)).toEqual([]);
  });
});

describe('clocks', () => {
  it('are read in platform/clock only, so that business time can be moved', () => {
    const domain = production.filter(
      ({ path }) => path.startsWith('libs/kernel/') || DOMAIN.test(path),
    );
    expect(findLines(domain, /new Date\(\)|\bDate\.now\(|clock_timestamp\(\)/)).toEqual([]);
  });
});

describe('numbers', () => {
  it('that are constants have their reason above or beside them', () => {
    // A unit (DAY, HOUR_MS) is no choice and needs no reason.
    const constant =
      /^(export )?const (?!(SECOND|MINUTE|HOUR|DAY|WEEK)(_|S\b|\b))[A-Z][A-Z0-9_]*(: \w+)? = -?[\d_.]+( \* [\d_.]+)*;/;
    const bare = production.flatMap(({ path, lines }) =>
      lines.flatMap((line, index) => {
        if (!constant.test(line) || line.includes('//')) return [];
        // A group of constants may share the sentence above the first of them.
        let above = index - 1;
        while (above >= 0 && constant.test(lines[above]!)) above -= 1;
        return /\*\/\s*$|^\s*\/\//.test(lines[above] ?? '') ? [] : [`${path}:${index + 1}`];
      }),
    );
    expect(bare).toEqual([]);
  });
});
