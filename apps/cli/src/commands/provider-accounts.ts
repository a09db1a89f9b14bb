import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { done, type InputOf } from '#client';
import { CliFailure, EXIT_CODES } from '../cli-failure.js';
import type { Run } from '../command-context.js';

interface ConnectOptions {
  readonly name: string;
  readonly provider: string;
  readonly mode: string;
  readonly currencies: string;
  readonly credentials: string;
  readonly baseUrl?: string;
  readonly termsUrl?: string;
  readonly returnHost?: string[];
  readonly testClock?: boolean;
  readonly rawCards?: boolean;
}
type Connection = InputOf<'connectProviderAccount'>;

/** What each provider calls the two parts of its credentials. */
const CREDENTIALS = {
  PORTONE: ['impKey', 'impSecret'],
  NEXI: ['secretKey', 'checkoutKey'],
} as const;

const oneOf = <T extends string>(option: string, text: string, among: readonly T[]): T => {
  const found = among.find((it) => it === text.toUpperCase());
  if (found) return found;
  const expected = among.join(' or ');
  throw new CliFailure(`${option}: expected ${expected}, found ${text}`, EXIT_CODES.usage);
};

/** From a file and never from the command line, which other users of the machine can read. */
const readCredentials = async (
  path: string,
  provider: Connection['provider'],
): Promise<Connection['credentials']> => {
  const [first, second] = CREDENTIALS[provider];
  const expected = `--credentials: expected a file with {"${first}":"…","${second}":"…"}`;
  const text = await readFile(path === '-' ? '/dev/stdin' : path, 'utf8').catch(() => {
    throw new CliFailure(`${expected}; ${path} cannot be read`);
  });
  const values = parseCredentials(text, expected);
  const [a, b] = [values[first], values[second]];
  if (typeof a !== 'string' || typeof b !== 'string') throw new CliFailure(expected);
  return provider === 'PORTONE'
    ? { portone: { impKey: a, impSecret: b } }
    : { nexi: { secretKey: a, checkoutKey: b } };
};

const parseCredentials = (text: string, expected: string): Record<string, unknown> => {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    // Its own message would show a part of the file.
    throw new CliFailure(expected);
  }
};

export const addProviderAccountCommands = (program: Command, run: Run): void => {
  program
    .command('provider-account')
    .description('accounts at providers')
    .command('connect')
    .description('connect an account; the same call again answers the same account')
    .requiredOption('--name <name>', 'unique among yours')
    .requiredOption('--provider <provider>', 'PORTONE or NEXI')
    .requiredOption('--mode <mode>', 'SANDBOX or LIVE')
    .requiredOption('--currencies <list>', 'what it takes: KRW,USD')
    .requiredOption('--credentials <file>', 'JSON, as the provider names them; - for stdin')
    .option('--base-url <url>', 'default: the provider’s own address')
    .option('--terms-url <url>', 'Nexi: the page of terms it shows')
    .option('--return-host <host...>', 'where card registrations may send a person back to')
    .option('--test-clock', 'SANDBOX: a clock that can be moved ahead')
    .option('--raw-cards', 'PortOne: let card data pass through issueBillingKey')
    .action(
      run(async (context, options: ConnectOptions) => {
        const provider = oneOf('--provider', options.provider, ['PORTONE', 'NEXI']);
        const mode = oneOf('--mode', options.mode, ['SANDBOX', 'LIVE']);
        const { baseUrl, name, rawCards, returnHost, termsUrl, testClock } = options;
        const outcome = await (
          await context.client()
        ).connectProviderAccount({
          name,
          provider,
          mode,
          credentials: await readCredentials(options.credentials, provider),
          currencies: options.currencies.split(',').map((it) => it.trim()),
          ...(baseUrl && { baseUrl }),
          ...(termsUrl && { termsUrl }),
          ...(returnHost && { returnHosts: returnHost }),
          ...(testClock && { clockMode: 'TEST' as const }),
          ...(rawCards && { isRawCardRegistrationOn: true }),
        });
        const { providerAccount, replayed, warnings } = done(outcome);
        const known = replayed ? ' (connected before)' : '';
        const lines = [`${providerAccount.id}  ${name}${known}`, ...warnings];
        return { value: { providerAccount, replayed, warnings }, text: lines.join('\n') };
      }),
    );
};
