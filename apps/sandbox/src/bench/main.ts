import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serveBare } from './bare-server.js';
import { drive } from './load.js';

/** The servers take turns, so that a busy moment meets both; the median forgets the odd one out. */
const ROUNDS = 7;
const SECONDS = 3;
/** More than one core can serve at once, and few enough that no queue is measured. */
const CONNECTIONS = 32;
/** Free on most machines; both servers listen while the turns last. */
const SANDBOX_PORT = 4710;
const BARE_PORT = 4711;

/** Keeps a process on a core, where there is one (util-linux). */
const PIN = 'taskset';
const hasTaskset = spawnSync(PIN, ['--version']).status === 0;

/** A server on the first core; what measures it stays on the second. */
const serve = (
  [file, ...rest]: [file: string, ...rest: string[]],
  env: Record<string, string>,
): ChildProcess => {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const [command, args] = hasTaskset
    ? [PIN, ['-c', '0', process.execPath, path, ...rest]]
    : [process.execPath, [path, ...rest]];
  return spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
};

const post = async (path: string, body: object, token?: string): Promise<unknown> => {
  const answer = await fetch(`http://127.0.0.1:${SANDBOX_PORT}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token && { authorization: token }) },
    body: JSON.stringify(body),
  });
  return answer.json();
};

const untilUp = async (port: number): Promise<void> => {
  const deadlineMs = performance.now() + 10_000;
  for (;;) {
    try {
      await fetch(`http://127.0.0.1:${port}/health`, { method: 'POST', body: '' });
      return;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
};

const requestText = (path: string, token: string, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: ${token}\r\n` +
  `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

const medianOf = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[values.length >> 1] ?? 0;

/** Seconds of processor time a process has had (proc(5): utime and stime, in ticks of 10 ms). */
const cpuSecondsOf = (pid: number | undefined): number => {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
};

interface Prepared {
  token: string;
  keys: string[];
}

const prepare = async (): Promise<Prepared> => {
  const account = { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' };
  const issued = (await post('/portone/users/getToken', account)) as {
    response: { access_token: string };
  };
  const wanted = { provider: 'PORTONE', count: 1000, cardNumber: '4330-1200-0000-0009' };
  const made = (await post('/control/agreements', wanted)) as { ids: string[] };
  return { token: issued.response.access_token, keys: made.ids };
};

let order = 0;
const againText = ({ token, keys }: Prepared): string => {
  order += 1;
  const customer_uid = keys[order % keys.length];
  const body = { customer_uid, merchant_uid: `order-${order}`, amount: 9900, name: 'Monthly' };
  return requestText('/portone/subscribe/payments/again', token, JSON.stringify(body));
};

interface Measured {
  rate: number;
  perCpuSecond: number;
}

const measure = async (
  prepared: Prepared,
  server: { port: number; child: ChildProcess },
): Promise<Measured> => {
  const cpuBefore = cpuSecondsOf(server.child.pid);
  const rate = await drive({
    port: server.port,
    connections: CONNECTIONS,
    seconds: SECONDS,
    requestOf: () => againText(prepared),
    expected: '"status":"paid"',
  });
  const share = (cpuSecondsOf(server.child.pid) - cpuBefore) / SECONDS;
  return { rate, perCpuSecond: rate / share };
};

const showRound = (name: string, ours: Measured, theirs: Measured): void => {
  const show = ({ rate, perCpuSecond }: Measured): string =>
    `${rate.toFixed(0)}/s (${perCpuSecond.toFixed(0)} per second of CPU)`;
  const load = loadavg()[0]?.toFixed(1);
  console.log(`${name}: again ${show(ours)}, bare ${show(theirs)}, load ${load}`);
};

const takeTurns = async (sandbox: ChildProcess, bare: ChildProcess): Promise<void> => {
  const prepared = await prepare();
  const [ours, theirs]: [Measured[], Measured[]] = [[], []];
  // Round 0 does not count: the compiler has yet to see each path.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const us = await measure(prepared, { port: SANDBOX_PORT, child: sandbox });
    const them = await measure(prepared, { port: BARE_PORT, child: bare });
    if (round === 0) continue;
    ours.push(us);
    theirs.push(them);
    showRound(`round ${round}`, us, them);
  }
  const median = (rows: readonly Measured[]): Measured => ({
    rate: medianOf(rows.map(({ rate }) => rate)),
    perCpuSecond: medianOf(rows.map(({ perCpuSecond }) => perCpuSecond)),
  });
  showRound('median', median(ours), median(theirs));
};

const compare = async (): Promise<void> => {
  const startedAtMs = performance.now();
  if (hasTaskset) spawnSync(PIN, ['-a', '-cp', '1', String(process.pid)]);
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-bench-'));
  const sandbox = serve(['../main.js'], { DATA_DIR: folder, SANDBOX_PORT: String(SANDBOX_PORT) });
  const bare = serve(['./main.js', 'bare'], {});
  try {
    await untilUp(SANDBOX_PORT);
    console.log(`start, empty: ${((performance.now() - startedAtMs) / 1000).toFixed(2)} s`);
    await untilUp(BARE_PORT);
    await takeTurns(sandbox, bare);
  } finally {
    sandbox.kill('SIGTERM');
    bare.kill('SIGTERM');
    await rm(folder, { recursive: true, force: true });
  }
};

if (process.argv[2] === 'bare') serveBare(BARE_PORT);
else await compare();
