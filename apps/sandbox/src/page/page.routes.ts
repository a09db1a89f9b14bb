import type { FastifyInstance } from 'fastify';
import type { PickNewest, ProviderHalf, SandboxCore } from '../core/index.js';
import { PAGE } from './page.html.js';
import { PAGE_SCRIPT } from './page.script.js';

/** Rows of each kind shown: the newest, enough to see what just happened. */
const ROWS_SHOWN = 50;

/** A page for a person: what the sandbox holds, and the two levers a person pulls most, faults and the clock. */
export const registerPage = (app: FastifyInstance, core: SandboxCore): void => {
  app.get('/', (_request, reply) => reply.type('text/html; charset=utf-8').send(PAGE));
  app.get('/page.js', (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(PAGE_SCRIPT),
  );
  app.get('/control/overview', (_request, reply) => reply.send(overviewOf(core)));
};

const overviewOf = (core: SandboxCore): Record<string, unknown> => {
  const show = (pick: (half: ProviderHalf) => object[] | undefined): object[] =>
    [...core.halves.values()].flatMap((half) => pick(half) ?? []);
  return {
    accounts: core.accounts.list().map(({ provider, key, webhookUrl }) => ({
      provider,
      key,
      clock: new Date(core.clock.nowMs(key)).toISOString(),
      webhookUrl,
    })),
    payments: show((half) => half.overview?.payments(newestOf)),
    billingKeys: show((half) => half.overview?.billingKeys?.(newestOf)),
    schedules: show((half) => half.overview?.schedules?.(newestOf)),
    bulkOperations: show((half) => half.overview?.bulkOperations?.(newestOf)),
    webhooks: newestOf(core.webhooks.list()),
    faults: core.faults.list(),
    cards: [...core.halves.values()].flatMap((half) => [...half.cards]),
  };
};

/** The last ones, newest first, without a copy of what may be a million. */
const newestOf: PickNewest = <T>(rows: Iterable<T>): T[] => {
  const kept: T[] = [];
  for (const row of rows) {
    kept.push(row);
    if (kept.length > 2 * ROWS_SHOWN) kept.splice(0, ROWS_SHOWN);
  }
  return kept.slice(-ROWS_SHOWN).reverse();
};
