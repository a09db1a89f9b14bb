import { readFile } from 'node:fs/promises';

/** The name of an order that is the death of whoever asks about it. */
export const DEADLY = 'A deadly order';
/** A charge is set aside after as many; see `CLAIMS_MAX`. */
const DEATHS = 5;

/**
 * What patched sources call, as plain JavaScript. A crash point counts its passes in this process and ends it at the one CRASH_POINTS orders
 * (`k2:3,k6:1`); the hit is in the file before the process is gone. The loop behind the signal lets nothing more happen.
 */
export const RUNTIME_CODE = `import { appendFileSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

// Nobody reads these traces but by --keep; to parse the maps would be a third of an API's start.
process.setSourceMapsEnabled(false);

const file = process.env.SIMULATION_HITS;
const orders = new Map(
  (process.env.CRASH_POINTS ?? '').split(',').filter(Boolean)
    .map((order) => order.split(':')).map(([name, count]) => [name, Number(count ?? 1)]),
);
const passes = new Map();
const hit = (name, detail) => {
  if (file) appendFileSync(file, JSON.stringify({ name, detail, pid: process.pid, at: Date.now() }) + '\\n');
};
const crash = (name) => {
  hit(name);
  process.kill(process.pid, 'SIGKILL');
  for (;;);
};
const isDue = (name) => {
  const pass = (passes.get(name) ?? 0) + 1;
  passes.set(name, pass);
  return orders.get(name) === pass;
};
/** Whoever asks about this order dies, until it should have been set aside. */
const dieOf = (orderName) => {
  if (orderName !== '${DEADLY}' || !file) return;
  const deaths = readFileSync(file, 'utf8').split('"name":"deadly"').length - 1;
  if (deaths < ${DEATHS}) crash('deadly');
};
/** The head and half of the body, as far as the kernel takes them; then the end. */
const sendHalf = ({ method, url, headers, body }, name) => {
  const { hostname, port, pathname, search, host } = new URL(url);
  const lines = Object.entries({ ...headers, host, 'content-length': Buffer.byteLength(body) });
  const head = lines.map(([key, value]) => key + ': ' + value).join('\\r\\n');
  const socket = connect(Number(port), hostname, () =>
    socket.write(
      method + ' ' + pathname + search + ' HTTP/1.1\\r\\n' + head + '\\r\\n\\r\\n' + body.slice(0, body.length / 2),
      () => crash(name),
    ),
  );
  socket.on('error', () => crash(name));
};
/** The next send of this reference hangs in the sandbox, before or after it was executed; shortly afterwards the process dies. */
const hangThenCrash = async (name, { reference, fate }) => {
  await fetch(process.env.SANDBOX_URL + '/control/faults', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ match: { reference, method: 'POST' }, fate, times: 1 }),
  }).catch(() => undefined);
  setTimeout(() => crash(name), 250);
};
let armed = 0;
globalThis.simulation = {
  hit,
  isDue,
  sendHalf,
  hangThenCrash,
  dieOf,
  crashAt: (name) => { if (isDue(name)) crash(name); },
  armSettling: () => { armed += 1; },
  crashAtSettling: (name) => {
    if (armed === 0) return;
    armed -= 1;
    if (isDue(name)) crash(name);
  },
};
`;

export interface Hit {
  readonly name: string;
  readonly detail?: unknown;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What the processes of one run wrote down, in the order they did. */
export const readHits = async (file: string): Promise<Hit[]> => {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Hit);
};

export const countByName = (hits: readonly { readonly name: string }[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { name } of hits) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};
