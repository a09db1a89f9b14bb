import { styleText } from 'node:util';

type Style = 'red' | 'yellow' | 'dim';

const STYLES: Readonly<Record<string, Style>> = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
  debug: 'dim',
  trace: 'dim',
};
/** Said already, or of no use to a person at a terminal. */
const HIDDEN = new Set([
  'level',
  'time',
  'name',
  'msg',
  'pid',
  'hostname',
  'err',
  'error',
  'stack',
]);
/** The longest name of a process, so that the columns stand. */
const NAME_WIDTH = 8;

const parseLogLine = (line: string): Record<string, unknown> | undefined => {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
};

const present = (value: unknown): string =>
  typeof value === 'string' && !/\s/.test(value) ? value : JSON.stringify(value);

const stackOf = (fields: Record<string, unknown>): string => {
  const error = fields['err'] ?? fields['error'] ?? fields;
  const stack = typeof error === 'object' && error !== null && 'stack' in error && error.stack;
  return typeof stack === 'string' ? `\n${stack}` : '';
};

/** A line of a child's log as a person reads it: `12:00:01 api      settled charges=3`. */
export const formatChildLine = (name: string, line: string, isColored: boolean): string => {
  const fields = parseLogLine(line);
  const column = name.padEnd(NAME_WIDTH);
  if (!fields) return `${new Date().toISOString().slice(11, 19)} ${column} ${line}`;
  const rest = Object.entries(fields)
    .filter(([key, value]) => !HIDDEN.has(key) && value !== undefined)
    .map(([key, value]) => ` ${key}=${present(value)}`);
  const level = String(fields['level']);
  const time = String(fields['time']).slice(11, 19);
  const text = `${time} ${column} ${String(fields['msg'] ?? '')}${rest.join('')}${stackOf(fields)}`;
  const style = STYLES[level];
  return isColored && style ? styleText(style, text) : text;
};
