import { createReadStream } from 'node:fs';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { CsvError, parse } from 'csv-parse';
import { CliFailure } from './cli-failure.js';

/** A line of a file, by the names of its fields. */
export interface Row {
  /** Numbered from 1, as an editor does; the header of a CSV is line 1. */
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A row of ours has a few hundred characters; a longer one is another file. */
const LINE_MAX = 100_000;

const fail = (line: number, problem: string): never => {
  throw new CliFailure(`line ${line}: ${problem}`);
};

async function* readCsv(path: string): AsyncGenerator<Row> {
  const parser = parse({
    ...{ bom: true, columns: true, info: true, trim: true },
    max_record_size: LINE_MAX,
  });
  // A pipe passes on what is read, not what goes wrong.
  createReadStream(path)
    .on('error', (error) => parser.destroy(error))
    .pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: Record<string, string>;
      info: { lines: number };
    }>)
      yield { line: info.lines, fields: record };
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new CliFailure(`${path}: ${error.message}`);
  }
}

async function* readNdjson(path: string): AsyncGenerator<Row> {
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(path) })) {
    line += 1;
    if (text.trim() === '') continue;
    if (text.length > LINE_MAX) fail(line, `expected at most ${LINE_MAX} characters`);
    yield { line, fields: parseObject(text, line) };
  }
}

const parseObject = (text: string, line: number): Record<string, unknown> => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail(line, 'expected a JSON object');
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : fail(line, 'expected a JSON object');
};

/** The rows of a CSV with a header, or of a file of one JSON object a line. Throws CliFailure, naming the line. */
export async function* readRows(path: string): AsyncGenerator<Row> {
  const extension = extname(path).toLowerCase();
  if (!['.csv', '.ndjson', '.jsonl'].includes(extension))
    throw new CliFailure(`${path}: expected a .csv, .ndjson or .jsonl file`);
  try {
    yield* extension === '.csv' ? readCsv(path) : readNdjson(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw new CliFailure(`${path}: there is no such file`);
    throw error;
  }
}

/** A text field that must be there. */
export const textOf = ({ fields, line }: Row, name: string): string => {
  const value = fields[name];
  return typeof value === 'string' && value !== ''
    ? value
    : fail(line, `${name}: expected a text, found ${JSON.stringify(value) ?? 'nothing'}`);
};

/** Minor units: a whole number, in CSV as its digits. */
export const minorUnitsOf = ({ fields, line }: Row, name: string): number => {
  const value = fields[name];
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number)
    ? number
    : fail(
        line,
        `${name}: expected whole minor units, found ${JSON.stringify(value) ?? 'nothing'}`,
      );
};
