import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const ROOT = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));

const papers = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...filesIn('docs').filter((path) => !path.includes('node_modules')),
];

it('links only to what is there', () => {
  const broken = papers.flatMap((path) =>
    [...read(path).matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)(#[^)]*)?\)/g)]
      .map(([, target = '']) => target)
      .filter((target) => !existsSync(join(ROOT, dirname(path), target)))
      .map((target) => `${path} → ${target}`),
  );
  expect(broken).toEqual([]);
});

it('numbers its decisions without a gap, each with context, decision and consequences', () => {
  const decisions = filesIn('docs/adr').toSorted();
  const numbers = decisions.map((path) => Number(/(\d{4})-/.exec(path)?.[1]));
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  for (const path of decisions) {
    const headings = [...read(path).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect([path, ...headings]).toEqual([path, 'Context', 'Decision', 'Consequences']);
  }
});

it('names only commands that are there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const unknown = papers.flatMap((path) =>
    [...read(path).matchAll(/npm run ([a-z][a-z:-]*)/g)]
      .map(([, name = '']) => name)
      .filter((name) => !scripts[name])
      .map((name) => `${path}: npm run ${name}`),
  );
  expect(unknown).toEqual([]);
});
