import { CHARGE_STATES, isLive, TRANSITIONS, type ChargeState } from '#charges';

/** What each state means to somebody who looks at a charge. */
const MEANINGS: Readonly<Record<ChargeState, string>> = {
  SCHEDULED: 'waits for its due time',
  REGISTERED: 'is scheduled at the provider, which may fire it without us',
  SUBMITTING: 'is claimed, its intent is written, the wire may carry it',
  PROCESSING: 'the provider has it and has not decided',
  UNKNOWN: 'nobody here knows what became of it: the provider is asked',
  NEEDS_REVIEW: 'asking did not help: a person decides',
  RETRY_SCHEDULED: 'failed, and will be tried again',
  SUCCEEDED: 'the money was captured',
  PARTIALLY_REFUNDED: 'a part of it went back',
  REFUNDED: 'all of it went back',
  FAILED: 'was not captured, and is not tried again unless somebody asks',
  CANCELED: 'was stopped before it was sent',
  SKIPPED: 'an occurrence that was left out',
};

const edges = (): [from: string, to: string][] =>
  Object.entries(TRANSITIONS).flatMap(([from, targets]) =>
    targets.map((to): [string, string] => [from, to]),
  );

/** `docs/state-machines.md`: the table as it stands in the code, for people. */
export const renderStateMachines = (): string =>
  [
    '# State machines',
    '',
    'Printed from `libs/charges/src/charge-state.ts` by `npm run state-docs`. The database holds the same table',
    '(`allowed_transitions`), each change of state is a row that points at it, and no other edge can be written.',
    '',
    '## A charge',
    '',
    '```mermaid',
    'stateDiagram-v2',
    ...edges().map(([from, to]) => `  ${from === 'NONE' ? '[*]' : from} --> ${to}`),
    '```',
    '',
    '| state | it … | may become | still open |',
    '| --- | --- | --- | --- |',
    ...CHARGE_STATES.map((state) => {
      const next = TRANSITIONS[state].map((to) => `\`${to}\``).join(' ') || 'nothing';
      return `| \`${state}\` | ${MEANINGS[state]} | ${next} | ${isLive(state) ? 'yes' : ''} |`;
    }),
    '',
    'A charge is born `SCHEDULED`. `FAILED`, `CANCELED` and `SKIPPED` are final for us, not for the provider: a payment that',
    'it captures all the same makes them `SUCCEEDED`, on its evidence only, and opens an incident. `UNKNOWN` becomes',
    '`SUBMITTING` again only with proof that the provider never had it, and under the same reference.',
    '',
  ].join('\n');
