import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drive } from './load.js';

/** The servers take turns, so that a busy moment meets both; the median forgets the odd one out. */
const ROUNDS = 7;
const SECONDS = 3;
/** More than one core can serve at once, and few enough that no queue is measured. */
const CONNECTIONS = 32;
/** Free on most machines; both servers listen while the turns last. */
const SANDBOX_PORT = 4710;
const BARE_PORT = 4711;

const hasTaskset = spawnSync('taskset', ['--version']).status === 0;

/** A server on the first core; what measures it stays on the second. */
const serve = (file: string, port: number, extra: Record<string, string>): ChildProcess => {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const [command, args] = hasTaskset
    ? ['taskset', ['-c', '0', process.execPath, path]]
    : [process.execPath, [path]];
  return spawn(command, args, {
    env: { ...process.env, ...extra, SANDBOX_PORT: String(port) },
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

const startedAtMs = performance.now();
if (hasTaskset) spawnSync('taskset', ['-a', '-cp', '1', String(process.pid)]);
const folder = await mkdtemp(join(tmpdir(), 'sandbox-bench-'));
const sandbox = serve('../main.js', SANDBOX_PORT, { DATA_DIR: folder });
const bare = serve('./bare-server.js', BARE_PORT, {});
try {
  await untilUp(SANDBOX_PORT);
  console.log(`start, empty: ${((performance.now() - startedAtMs) / 1000).toFixed(2)} s`);
  await untilUp(BARE_PORT);
  const account = { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' };
  const issued = (await post('/portone/users/getToken', account)) as {
    response: { access_token: string };
  };
  const token = issued.response.access_token;
  const made = (await post('/control/agreements', {
    provider: 'PORTONE',
    count: 1000,
    cardNumber: '4330-1200-0000-0009',
  })) as { ids: string[] };
  let order = 0;
  const again = (): string => {
    order += 1;
    const customer_uid = made.ids[order % made.ids.length];
    const merchant_uid = `order-${order}`;
    const body = { customer_uid, merchant_uid, amount: 9900, name: 'Monthly' };
    return requestText('/portone/subscribe/payments/again', token, JSON.stringify(body));
  };
  const measure = async (port: number, child: ChildProcess, seconds: number) => {
    const cpuBefore = cpuSecondsOf(child.pid);
    const rate = await drive({
      port,
      connections: CONNECTIONS,
      seconds,
      requestOf: again,
      expected: '"status":"paid"',
    });
    const share = (cpuSecondsOf(child.pid) - cpuBefore) / seconds;
    return { rate, perCpuSecond: rate / share };
  };
  // The compiler has seen each path before it counts.
  await measure(SANDBOX_PORT, sandbox, 2);
  await measure(BARE_PORT, bare, 1);
  const figures = { sandbox: [] as number[], bare: [] as number[], ratio: [] as number[] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    const ours = await measure(SANDBOX_PORT, sandbox, SECONDS);
    const theirs = await measure(BARE_PORT, bare, SECONDS);
    figures.sandbox.push(ours.rate);
    figures.bare.push(theirs.rate);
    figures.ratio.push(ours.perCpuSecond / theirs.perCpuSecond);
    const load = loadavg()[0]?.toFixed(1);
    console.log(
      `round ${round}: again ${ours.rate.toFixed(0)}/s (${ours.perCpuSecond.toFixed(0)} per ` +
        `second of CPU), bare ${theirs.rate.toFixed(0)}/s ` +
        `(${theirs.perCpuSecond.toFixed(0)}), load ${load}`,
    );
  }
  console.log(
    `median: again ${medianOf(figures.sandbox).toFixed(0)}/s, ` +
      `bare ${medianOf(figures.bare).toFixed(0)}/s, ` +
      `ratio per CPU ${medianOf(figures.ratio).toFixed(2)}`,
  );
} finally {
  sandbox.kill('SIGTERM');
  bare.kill('SIGTERM');
  await rm(folder, { recursive: true, force: true });
}
