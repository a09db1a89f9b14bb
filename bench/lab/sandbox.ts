import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.js';
import { startPart } from './process.js';

export type Provider = 'PORTONE' | 'NEXI';

/** The pretend providers, as a process of their own. */
export interface Sandbox {
  readonly url: string;
  readonly pid: number;
  /** Makes so many billing keys whose card is always approved. */
  makeKeys(provider: Provider, count: number): Promise<string[]>;
  /** How long it thinks about each charge, or about each call of a bulk. */
  think(ms: number): Promise<void>;
  /** The order of each capture in its ledger. */
  captures(): Promise<string[]>;
  stop(): Promise<void>;
}

/** Nobody listens: what is told in vain would cost whoever names an address, and no other. */
const UNTOLD = { match: { method: 'WEBHOOK' }, fate: 'webhook-dropped' };

interface LedgerLine {
  readonly kind: string;
  readonly orderReference: string;
}

export const startSandbox = async (dir: string): Promise<Sandbox> => {
  const folder = await mkdtemp(join(dir, 'sandbox-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { DATA_DIR: folder, SANDBOX_PORT: String(port), LOG_LEVEL: 'error' };
  const part = await startPart('dist/apps/sandbox/src/main.js', env, `${url}/health`);
  const control = async (path: string, body?: unknown): Promise<Response> => {
    const answer = await fetch(`${url}/control/${path}`, {
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json' },
    });
    if (!answer.ok) throw new Error(`/control/${path}: ${await answer.text()}`);
    return answer;
  };
  await control('faults', [UNTOLD]);
  return {
    ...{ url, pid: part.pid },
    makeKeys: async (provider, count) => {
      const cards = (await (await control('cards')).json()) as Record<string, string>[];
      const card = cards.find(
        (one) => one['provider'] === provider && one['outcome'] === 'APPROVED',
      );
      const made = await control('agreements', { provider, count, cardNumber: card?.['number'] });
      return ((await made.json()) as { ids: string[] }).ids;
    },
    think: async (ms) => {
      const slow = { fate: 'slow', options: { minMs: ms, maxMs: ms } };
      const charging = [{ path: '/portone/subscribe/payments/again' }, { provider: 'NEXI' }];
      const rules = ms === 0 ? [] : charging.map((match) => ({ match, ...slow }));
      await control('faults', [...rules, UNTOLD]);
    },
    captures: async () => {
      const lines = (await (await control('ledger')).text()).split('\n').filter(Boolean);
      return lines
        .map((line) => JSON.parse(line) as LedgerLine)
        .filter(({ kind }) => kind === 'CAPTURE')
        .map(({ orderReference }) => orderReference);
    },
    stop: async () => {
      await part.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
