import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInstallation, type Installation } from '../support/installation.js';

/** As api and worker are: opens one thing after the other, and says what it closes. `SLOW` names what takes for ever. */
const ROLE = `
import { setTimeout as pause } from 'node:timers/promises';
import { stopWhenAsked } from '#platform/process';
const is = (name) => process.env.SLOW === name;
const stop = stopWhenAsked({ drainSeconds: 1, log: (sentence) => console.log(sentence) });
setInterval(() => {}, 1000);
await stop.thenClose(async () => {
  await pause(200);
  console.log('database closed');
  if (is('closing')) await pause(60_000);
});
console.log('opening');
await pause(is('opening') ? 300 : 0);
await stop.thenClose(() => console.log('door closed'));
console.log('open');
`;

describe('a process that is asked to stop', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await createInstallation();
    await installation.writeBuilt('role.js', ROLE);
  }, 60_000);
  afterAll(() => installation?.remove());

  /** Sends so many signals one after the other once it has printed `when`. */
  const run = async (when: string, { signals = 1, slow = '' } = {}) => {
    const child = spawn(process.execPath, [join(installation.root, 'dist/role.js')], {
      env: { PATH: process.env['PATH'], SLOW: slow },
    });
    let output = '';
    let sent = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const wanted = output.includes('stopping') ? signals : Number(output.includes(`${when}\n`));
      for (; sent < wanted; sent += 1) child.kill('SIGTERM');
    });
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { code, signal, lines: output.trim().split('\n') };
  };

  it('closes what it opened, the last first, once, however often it is asked (row 94)', async () => {
    expect(await run('open', { signals: 2 })).toEqual({
      ...{ code: 0, signal: null },
      lines: ['opening', 'open', 'stopping: SIGTERM', 'door closed', 'database closed'],
    });
  });

  it('closes what is open when it is asked while it starts, and opens nothing more (row 94)', async () => {
    expect(await run('opening', { slow: 'opening' })).toEqual({
      ...{ code: 0, signal: null },
      lines: ['opening', 'stopping: SIGTERM', 'database closed'],
    });
  });

  it('ends hard when closing does not come to an end (row 94)', async () => {
    const { code, lines } = await run('open', { slow: 'closing' });
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('not drained within 1 s, ending');
  });
});
