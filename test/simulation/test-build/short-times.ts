import type { Patch } from './patch.js';

const constant = (file: string, name: string, [from, to]: readonly [string, string]): Patch => ({
  file,
  find: `const ${name} = ${from};`,
  replace: `const ${name} = ${to};`,
});

/** Seconds before what is nobody's fault, or our settings', is tried again. */
export const SHORT_STEPS = { transient: [0.5, 1, 1, 2, 2], configuration: [0.5, 1, 2] };

/** Waits that no variable sets, shortened as the configured ones are: a run of half a minute sees what takes hours outside. */
export const shortTimes: readonly Patch[] = [
  constant('libs/charges/src/retry.ts', 'BACKOFF_SECONDS', [
    '[2, 4, 8, 15, 30, 60, 120, 300]',
    '[0.2, 0.4, 0.8, 1, 1, 2, 2, 3]',
  ]),
  constant('libs/charges/src/undecided-look.ts', 'REVIEW_LOOK_SECONDS', ['3_600', '8']),
  constant('libs/charges/src/undecided-look.ts', 'SENDS_MAX', ['10', '4']),
  constant('libs/charges/src/resend.repository.ts', 'BUDGET_SECONDS', ['30', '1']),
  constant('libs/charges/src/resend.repository.ts', 'PROBE_SECONDS', ['5', '0.5']),
  constant('libs/charges/src/retry-budget.ts', 'RESERVE_PER_SECOND', ['0.1', '2']),
  constant('libs/charges/src/quarantine.ts', 'QUARANTINE_SECONDS', ['3_600', '8']),
  constant('libs/bulk-charges/src/operation.submitter.ts', 'REPLAY_SECONDS', [
    '[2, 10, 30, 120, 300, 600]',
    '[0.5, 1, 1, 2, 3, 4]',
  ]),
  constant('libs/bulk-charges/src/provider-operation.ts', 'LAST_POLL_SECONDS', ['30', '2']),
  constant('libs/scheduling/src/registration.ts', 'ASK_AGAIN_SECONDS', [
    '[2, 10, 30, 60]',
    '[0.5, 1, 2, 2]',
  ]),
  constant('libs/webhooks/src/webhook-event.ts', 'UNCONFIRMED_SECONDS', [
    '[10, 60, 600]',
    '[1, 2, 4]',
  ]),
  constant('libs/webhooks/src/webhook-event.ts', 'POLL_PATIENCE_SECONDS', ['43_200', '5']),
  // What nobody sent (a forged one) keeps a test clock waiting until it is an orphan.
  constant('libs/webhooks/src/webhook-event.ts', 'PARKED_LIFE_SECONDS', ['86_400', '8']),
  constant('libs/dunning/src/retry-policy.ts', 'TRANSIENT', [
    'after(60, 300, 900, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, DAY)',
    `after(${SHORT_STEPS.transient.join(', ')})`,
  ]),
  constant('libs/dunning/src/retry-policy.ts', 'CONFIGURATION', [
    'after(600, HOUR, 6 * HOUR, DAY, DAY)',
    `after(${SHORT_STEPS.configuration.join(', ')})`,
  ]),
  constant('apps/worker/src/loops.ts', 'REST_MS', ['1_000', '300']),
];
