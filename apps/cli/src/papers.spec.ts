import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderConfigTable, renderEnvExample } from '#platform/config';
import { renderStateMachines } from './state-machines.js';

const read = (path: string): string => readFileSync(join(__dirname, '../../..', path), 'utf8');

describe('what is printed from the code', () => {
  it('is the README’s configuration table (npm run config-docs)', () => {
    const [, table] =
      /<!-- config:begin -->\n([\s\S]*)\n<!-- config:end -->/.exec(read('README.md')) ?? [];
    expect(table?.trim()).toBe(renderConfigTable().trim());
  });

  it('is .env.example (npm run config-docs)', () => {
    expect(read('.env.example')).toBe(renderEnvExample());
  });

  it('is docs/state-machines.md (npm run state-docs)', () => {
    expect(read('docs/state-machines.md')).toBe(renderStateMachines());
  });
});

it('begins with the two commands that are all one needs', () => {
  const commands = [...read('README.md').matchAll(/^(?:\$ )?(npm [^#`\n]+)/gm)].map(([, it]) => it);
  expect([...new Set(commands)].slice(0, 2)).toEqual([
    'npm install && npm start',
    'npm install && npm test',
  ]);
});
