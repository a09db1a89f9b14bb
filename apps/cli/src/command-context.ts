import { RefrainClient, type ProviderAccount } from '#client';
import { ConfigError, DATA_FILES, loadConfig, readConfig, readDataFile } from '#platform/config';
import { Database } from '#platform/database';
import { createMerchants, type Merchants } from '#merchants';
import { CliFailure, EXIT_CODES } from './cli-failure.js';
import { createProgress, noProgress, type Progress } from './progress.js';

/** Options of every command. */
export interface GlobalOptions {
  readonly json?: boolean;
  readonly url?: string;
  readonly apiKey?: string;
}

/** What a command answers: a value for machines, a text for people. */
export interface CommandResult {
  readonly value: unknown;
  readonly text: string;
  readonly exitCode?: number;
}

/** What a command works with, opened only when it is asked for. */
export interface CommandContext {
  readonly client: () => Promise<RefrainClient>;
  readonly withMerchants: <T>(work: (merchants: Merchants) => Promise<T>) => Promise<T>;
  readonly progress: Progress;
}

/** Somebody sits before it: told soon that nobody is there, and not by every hiccup. */
const PATIENCE_MS = 5_000;

const connect = async (env: NodeJS.ProcessEnv, options: GlobalOptions): Promise<RefrainClient> => {
  const config = readConfig(env);
  const url = options.url ?? env['REFRAIN_URL'] ?? `http://127.0.0.1:${config.port}`;
  const apiKey =
    options.apiKey ??
    env['REFRAIN_API_KEY'] ??
    config.demoApiKey ??
    (await readDataFile(config.dataDir, DATA_FILES.demoApiKey));
  if (!URL.canParse(url))
    throw new CliFailure(`REFRAIN_URL: expected an address, found ${url}`, EXIT_CODES.usage);
  if (!apiKey)
    throw new CliFailure(
      'REFRAIN_API_KEY: expected an API key (or --api-key, or `npm start` with this DATA_DIR)',
      EXIT_CODES.usage,
    );
  return new RefrainClient({ url: url.replace(/\/+$/, ''), apiKey, patienceMs: PATIENCE_MS });
};

/** Straight at the database: a merchant's first key cannot be made with a key. */
const withMerchants = async <T>(
  env: NodeJS.ProcessEnv,
  work: (merchants: Merchants) => Promise<T>,
): Promise<T> => {
  const config = await loadConfig(env);
  if (!config.databaseUrl)
    throw new ConfigError('DATABASE_URL: expected a value, or `npm start` with this DATA_DIR');
  const database = await Database.open({
    url: config.databaseUrl,
    applicationName: 'refrain-cli',
    // One thing after another.
    poolSize: 2,
  });
  try {
    return await work(createMerchants(database, config));
  } finally {
    await database.close();
  }
};

export const createContext = (env: NodeJS.ProcessEnv, options: GlobalOptions): CommandContext => ({
  client: () => connect(env, options),
  withMerchants: (work) => withMerchants(env, work),
  progress: options.json ? noProgress : createProgress(),
});

/** The account of this name or id. */
export const findAccount = async (
  client: RefrainClient,
  nameOrId: string,
): Promise<ProviderAccount> => {
  const accounts = await client.providerAccounts();
  const found = accounts.find(({ id, name }) => id === nameOrId || name === nameOrId);
  if (found) return found;
  const names = accounts.map(({ name }) => name).join(', ') || 'none';
  throw new CliFailure(`--account: expected one of ${names}, found ${nameOrId}`);
};

/** Makes a commander action of what a command does: it opens the context, shows the result, and keeps the exit code. */
export type Run = <Arguments extends readonly unknown[]>(
  work: (context: CommandContext, ...args: Arguments) => Promise<CommandResult>,
) => (...args: Arguments) => Promise<void>;
