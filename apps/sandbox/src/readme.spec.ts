import { existsSync, readFileSync } from 'node:fs';

const FOLDER = 'apps/sandbox';
const text = readFileSync(`${FOLDER}/README.md`, 'utf8');

/** The last cell of each row below the heading of a contract table. */
const cellsOf = (heading: string): string[] => {
  const section = text.split(`## ${heading}: contract table`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !/\| ---/.test(line));
  return rows
    .map((row) => row.split('|').at(-2)?.trim() ?? '')
    .filter((cell) => cell !== 'shown by');
};

const titlesIn = (path: string): string =>
  existsSync(path) ? readFileSync(path, 'utf8').replaceAll("\\'", "'") : '';

/** What a cell names and no test is called. */
const brokenIn = (cell: string, folder: string): string[] => {
  let path = '';
  let isSilent = true;
  const broken: string[] = [];
  for (const part of cell.split(/ · |; |\. (?=clients)/)) {
    const named = /^([a-z/-]+): (.+)$/.exec(part);
    const isReason = part.startsWith('left out');
    if (isReason) isSilent = false;
    if (isReason || part.startsWith('every text') || part === 'refused in the envelope') continue;
    if (named?.[1]) {
      const file = named[1].startsWith('portone/') ? named[1] : `${folder}/${named[1]}`;
      path = `${FOLDER}/src/${file}.spec.ts`;
    }
    const title = named?.[2] ?? part;
    isSilent = false;
    if (!titlesIn(path).includes(title)) broken.push(`${path}: ${title}`);
  }
  return isSilent ? [`nothing shows ${cell}`] : broken;
};

it.each([
  ['PortOne V1', 'portone', 40],
  ['Nexi Checkout', 'nexi', 45],
])('the contract table of %s names tests that exist, or a reason', (heading, folder, atLeast) => {
  const cells = cellsOf(heading);
  expect(cells.length).toBeGreaterThanOrEqual(atLeast);
  expect(cells.flatMap((cell) => brokenIn(cell, folder))).toEqual([]);
});
