import { FATES, STATUS_FATES, type Fate } from './fates.js';
import type { Provider } from './ledger.js';

export interface FaultMatch {
  provider?: Provider;
  /** With or without the `/portone` or `/nexi` in front; `*` stands for anything. */
  path?: string;
  method?: string;
  reference?: string;
  account?: string;
  /** The part of the occasions it meets, 0 to 1. */
  share?: number;
}

export interface FaultOptions {
  status?: number;
  seconds?: number;
  count?: number;
  windowMs?: number;
  retryAfterSeconds?: number;
  medianMs?: number;
  p99Ms?: number;
  minMs?: number;
  maxMs?: number;
  mode?: string;
}

export interface FaultRule {
  match: FaultMatch;
  fate: Fate;
  /** How often it strikes in all; absent: without end. */
  times?: number;
  /** How often it strikes one reference; absent: without end. */
  timesPerReference?: number;
  seed: string;
  options: FaultOptions;
}

const NUMBER_OPTIONS = [
  'status',
  'seconds',
  'count',
  'windowMs',
  'retryAfterSeconds',
  'medianMs',
  'p99Ms',
  'minMs',
  'maxMs',
] as const;
const TEXT_MATCHES = ['path', 'method', 'reference', 'account'] as const;
const GUARD_MODES = ['strict', 'paid-only', 'none', 'racy'];

type Read = { rule: FaultRule } | { problem: string };

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads one rule as it came in; the problem names the field. */
export const readFaultRule = (input: unknown): Read => {
  if (!isRecord(input)) return { problem: 'expected a rule { match, fate, times, seed, options }' };
  const named = STATUS_FATES[String(input['fate'])];
  const fate = named?.fate ?? String(input['fate']);
  if (!(fate in FATES)) {
    const known = [...Object.keys(FATES), ...Object.keys(STATUS_FATES)].join(', ');
    return { problem: `fate: expected one of ${known}` };
  }
  const match = readMatch(input['match'] ?? {});
  if (typeof match === 'string') return { problem: match };
  const options = readOptions(input['options'] ?? {});
  if (typeof options === 'string') return { problem: options };
  if (named) options.status = named.status;
  if (fate === 'duplicate-guard' && !GUARD_MODES.includes(options.mode ?? '')) {
    return { problem: `options.mode: expected one of ${GUARD_MODES.join(', ')}` };
  }
  const rule: FaultRule = {
    match,
    fate: fate as Fate,
    seed: String(input['seed'] ?? '0'),
    options,
  };
  for (const name of ['times', 'timesPerReference'] as const) {
    const value = input[name];
    if (value === undefined || value === null) continue;
    if (!Number.isInteger(value) || Number(value) < 0) {
      return { problem: `${name}: expected a whole number from 0` };
    }
    rule[name] = Number(value);
  }
  return { rule };
};

const readMatch = (input: unknown): FaultMatch | string => {
  if (!isRecord(input))
    return 'match: expected { provider, path, method, reference, account, share }';
  const match: FaultMatch = {};
  const provider = input['provider'];
  if (provider !== undefined) {
    const upper = String(provider).toUpperCase();
    if (upper !== 'PORTONE' && upper !== 'NEXI') return 'match.provider: expected PORTONE or NEXI';
    match.provider = upper;
  }
  for (const name of TEXT_MATCHES) {
    const value = input[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') return `match.${name}: expected a string`;
    match[name] = name === 'method' ? value.toUpperCase() : value;
  }
  const share = input['share'];
  if (share !== undefined) {
    if (typeof share !== 'number' || !(share >= 0 && share <= 1)) {
      return 'match.share: expected a number from 0 to 1';
    }
    match.share = share;
  }
  return match;
};

const readOptions = (input: unknown): FaultOptions | string => {
  if (!isRecord(input)) return 'options: expected an object';
  const options: FaultOptions = {};
  for (const name of NUMBER_OPTIONS) {
    const value = input[name];
    if (value === undefined) continue;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
      return `options.${name}: expected a number from 0`;
    }
    options[name] = value;
  }
  if (input['mode'] !== undefined) options.mode = String(input['mode']);
  return options;
};
