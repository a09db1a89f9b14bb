import type { Config } from '#platform/config';
import { addressOf } from './role.js';

/** Harmless, needs no knowledge, and shows that key, sandbox accounts and API are all there. */
const FIRST_QUERY = '{ providerAccounts { id name } }';

export interface WelcomeFacts {
  readonly config: Config;
  readonly dataDir: string;
  readonly demoApiKey: string | undefined;
  readonly seconds: number;
}

/** What somebody who just started Refrain wants to know. */
export const renderWelcome = ({ config, dataDir, demoApiKey, seconds }: WelcomeFacts): string => {
  const api = addressOf(config, config.port);
  const rows = [
    ['GraphQL', `${api}/graphql`],
    ['Console', `${api}/`],
    ['Sandbox', `http://127.0.0.1:${config.sandboxPort} (test cards: /control/cards)`],
    ['Metrics', `${addressOf(config, config.metricsPort)}/metrics`],
    ['Data', dataDir],
    ...(demoApiKey ? [['Demo API key', demoApiKey]] : []),
  ];
  const first = [
    `curl -s ${api}/graphql -H 'content-type: application/json' \\`,
    `  -H 'authorization: Bearer ${demoApiKey ?? '<your API key>'}' \\`,
    `  -d '${JSON.stringify({ query: FIRST_QUERY })}'`,
  ];
  return [
    '',
    `Refrain is ready after ${seconds.toFixed(1)} s.`,
    '',
    ...rows.map(([name = '', value = '']) => `  ${name.padEnd(14)}${value}`),
    '',
    'Try first:',
    '',
    ...first.map((line) => `  ${line}`),
    '',
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
};
