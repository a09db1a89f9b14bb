import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minorUnitsOf, readRows, textOf, type Row } from './rows.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-rows-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const read = async (name: string, text: string): Promise<Row[]> => {
  const path = join(folder, name);
  await writeFile(path, text);
  const rows: Row[] = [];
  for await (const row of readRows(path)) rows.push(row);
  return rows;
};

describe('a file of rows', () => {
  it('is a CSV with a header, quotes and commas', async () => {
    expect(
      await read('a.csv', '\uFEFForderId,name\nt-1,"Tea, green"\nt-2,"""Best"" tea"\n'),
    ).toEqual([
      { line: 2, fields: { orderId: 't-1', name: 'Tea, green' } },
      { line: 3, fields: { orderId: 't-2', name: '"Best" tea' } },
    ]);
  });

  it('or one JSON object a line, empty lines left out', async () => {
    expect(await read('a.ndjson', '{"a":1}\n\n{"a":2}\n')).toEqual([
      { line: 1, fields: { a: 1 } },
      { line: 3, fields: { a: 2 } },
    ]);
  });

  it.each([
    ['a line that is no object', 'b.ndjson', '{"a":1}\n[1]', 'line 2: expected a JSON object'],
    ['a line that is no JSON', 'b.ndjson', 'tea', 'line 1: expected a JSON object'],
    ['a row of another length', 'b.csv', 'a,b\n1', 'b.csv: Invalid Record Length'],
    ['another kind of file', 'b.txt', '', 'expected a .csv, .ndjson or .jsonl file'],
  ])('is refused for %s', async (_, name, text, message) => {
    await expect(read(name, text)).rejects.toThrow(message);
  });
});

describe('a field', () => {
  const row = {
    line: 7,
    fields: { name: 'Tea', empty: '', amount: '900', float: '9.5', whole: 3 },
  };

  it('is a text, or whole minor units', () => {
    expect(textOf(row, 'name')).toBe('Tea');
    expect(minorUnitsOf(row, 'amount')).toBe(900);
    expect(minorUnitsOf(row, 'whole')).toBe(3);
  });

  it('that is something else is refused by line and name', () => {
    expect(() => textOf(row, 'empty')).toThrow('line 7: empty: expected a text, found ""');
    expect(() => textOf(row, 'absent')).toThrow('line 7: absent: expected a text, found nothing');
    expect(() => minorUnitsOf(row, 'float')).toThrow('line 7: float: expected whole minor units');
  });
});

it('says that a file is not there, whatever its kind', async () => {
  for (const name of ['none.csv', 'none.ndjson'])
    await expect(readRows(join(folder, name)).next()).rejects.toThrow('there is no such file');
});
