import { z } from 'zod';
import { environment } from './environment.js';
import { timing } from './timing.js';
import { noteOf } from './variable.js';

export const configSchema = z
  .object({ ...environment, ...timing })
  .refine((it) => it.NODE_ENV !== 'production' || it.ENCRYPTION_KEYS, {
    path: ['ENCRYPTION_KEYS'],
    error: 'expected a value when NODE_ENV=production: nobody else can keep the keys for you',
  })
  .refine((it) => it.SEND_DEADLINE_SECONDS * 2 < it.LEASE_SECONDS, {
    path: ['LEASE_SECONDS'],
    error:
      'expected more than twice SEND_DEADLINE_SECONDS, else a live sender could lose its claim',
  });

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Tail>>}`
  : Lowercase<Name>;

type Variables = z.infer<typeof configSchema>;
type Derived =
  | 'SERVE_METRICS'
  | 'PREDECESSOR_PROVED_DEAD'
  | 'PUBLIC_URL'
  | 'SANDBOX_URL'
  | 'DATABASE_LISTEN_URL';

/** Every variable under its own name in camel case: LEASE_SECONDS is `leaseSeconds`. */
export type Config = {
  readonly [Name in Exclude<keyof Variables, Derived> as CamelCase<Name>]: Variables[Name];
} & {
  readonly publicUrl: string;
  readonly sandboxUrl: string;
  readonly databaseListenUrl: string | undefined;
  readonly serveMetrics: boolean;
  readonly predecessorProvedDead: boolean;
};

/**
 * The environment holds what cannot be started with; the message is one line for each wrong
 * variable.
 */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

const camelCase = (name: string): string =>
  name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/**
 * Shows what was found, unless it is a secret; cut, because a wrong value may be a whole pasted
 * file.
 */
const describe = (issue: z.core.$ZodIssue, env: Environment): string => {
  const name = String(issue.path[0]);
  const found = env[name];
  const field = configSchema.shape[name as keyof typeof configSchema.shape];
  const shown =
    found && !noteOf(field).secret ? `, found ${JSON.stringify(found.slice(0, 80))}` : '';
  return `${name}: ${issue.message}${shown}`;
};

/**
 * The checked, frozen configuration. Throws {@link ConfigError}. An empty variable counts as unset.
 */
export const readConfig = (env: Environment): Config => {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value));
  const parsed = configSchema.safeParse(present);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => describe(issue, env)).join('\n'));
  }
  const it = parsed.data;
  const named = Object.fromEntries(Object.entries(it).map(([name, v]) => [camelCase(name), v]));
  return Object.freeze({
    ...named,
    publicUrl: trimSlash(it.PUBLIC_URL ?? `http://127.0.0.1:${it.PORT}`),
    sandboxUrl: trimSlash(it.SANDBOX_URL ?? `http://127.0.0.1:${it.SANDBOX_PORT}`),
    databaseListenUrl: it.DATABASE_LISTEN_URL ?? it.DATABASE_URL,
    serveMetrics: it.SERVE_METRICS === '1',
    predecessorProvedDead: it.PREDECESSOR_PROVED_DEAD === '1',
  }) as Config;
};

const trimSlash = (url: string): string => url.replace(/\/+$/, '');
