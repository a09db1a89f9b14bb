import type { Patch } from './patch.js';

const CHANNEL = 'libs/charges/src/single-charge.channel.ts';
const SETTLER = 'libs/charges/src/settler.ts';
const DATABASE = 'libs/platform/src/database/database.ts';
const EXCHANGE = 'libs/platform/src/http/exchange.ts';
const CALL = 'globalThis.simulation';

const before = (file: string, find: string, code: string): Patch => ({
  ...{ file, find },
  replace: `${code}\n${find}`,
});

/** k4 and k5 hang the send in the sandbox, before or after execution, and die meanwhile. */
const HANGING = ['k4', 'k5']
  .map((name) => {
    const fate = name === 'k4' ? 'hang-before' : 'hang-after';
    const options = `{ reference: attempt.providerReference, fate: '${fate}' }`;
    return `if (${CALL}.isDue('${name}')) await ${CALL}.hangThenCrash('${name}', ${options});`;
  })
  .join('\n');

/** A charge's request half on the wire: POSTs with a body that are no request for a token. */
const HALF_SENT = `if (this.call.method === 'POST' && this.call.body && !this.call.url.includes('getToken')
  && ${CALL}.isDue('k3')) return ${CALL}.sendHalf(this.call, 'k3');`;

/**
 * The named points of a charge's life at which a process dies, by count. Events are not delivered to endpoints yet, so k8 and k9 stand where
 * that will begin: k8 right after the settling commit, k9 when the commit's notification came and nothing was done about it.
 */
export const CRASH_POINTS = ['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7', 'k8', 'k9'] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

const AT_CRASH_POINTS: readonly Patch[] = [
  before(CHANNEL, 'return {\n      calls: sendables.length,', `${CALL}.crashAt('k1');`),
  before(CHANNEL, 'const forestalled =\n', `${CALL}.crashAt('k2');\n${HANGING}`),
  before(EXCHANGE, 'poolOf(origin).dispatch(request, this);', HALF_SENT),
  before(CHANNEL, 'const settlement = settle(submitting', `${CALL}.crashAt('k6');`),
  {
    file: SETTLER,
    find: 'await this.database.withMerchant(batch.merchantId, (tx) => this.write(tx, batch));',
    replace: `await this.database.withMerchant(batch.merchantId, async (tx) => {
        await this.write(tx, batch);
        ${CALL}.armSettling();
      });
      ${CALL}.crashAt('k8');`,
  },
  {
    file: DATABASE,
    find: "await client.query('COMMIT');",
    replace: `const committing = client.query('COMMIT'); ${CALL}.crashAtSettling('k7'); await committing;`,
  },
  {
    file: 'apps/worker/src/wake-up.listener.ts',
    find: "client.on('notification', ({ payload }) => onWake(payload?.split(':')[0] ?? ''));",
    replace: `client.on('notification', ({ payload }) => {
      ${CALL}.crashAt('k9');
      onWake(payload?.split(':')[0] ?? '');
    });`,
  },
];

/** One order, about which nobody lives to tell. */
const DEADLY_LOOK: Patch = before(
  'libs/charges/src/attempt.resolver.ts',
  'const capabilities = account.provider.capabilities(account.access);',
  `${CALL}.dieOf(charge.orderName);`,
);

/** What must sometimes happen and the database alone cannot tell. */
const SOMETIMES: readonly Patch[] = [
  before(
    'libs/charges/src/look.repository.ts',
    'const until = after(tx.now, question.leaseSeconds);',
    `for (const row of rows) if (row.state === 'SUBMITTING' && row.unresolvedSince)
      ${CALL}.hit('takeover', { chargeId: row.id, afterMs: tx.now - row.unresolvedSince });`,
  ),
  before(
    'libs/charges/src/settle.repository.ts',
    'await updateAttempts(tx, mine, context);',
    `for (const one of stale) ${CALL}.hit('fenced', { chargeId: one.charge.id });`,
  ),
];

export const crashPointPatches: readonly Patch[] = [...AT_CRASH_POINTS, DEADLY_LOOK, ...SOMETIMES];
