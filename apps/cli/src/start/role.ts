import type { Config } from '#platform/config';

/** A process that `npm start` keeps running. */
export interface Role {
  readonly name: string;
  /** The built file it runs, from the root of the build. */
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  /** What its successor is told in addition, when it died by itself. */
  readonly envAfterDeath?: NodeJS.ProcessEnv;
  /** Answers 200 when it works, for one that does not report by itself. */
  readonly readyUrl?: string;
}

/** A process that does one thing and ends. */
export type Step = Pick<Role, 'name' | 'file' | 'env'>;

/** Where a server that listens on every address is reached from this machine. */
const LOOPBACK_OF: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

export const addressOf = ({ host }: Config, port: number): string =>
  `http://${LOOPBACK_OF[host] ?? host}:${port}`;

/** What runs, in which environment. A database of our own is used by nobody but this tree. */
export const planStart = (config: Config, env: NodeJS.ProcessEnv) => {
  const isOnlyUser = config.databaseUrl === undefined;
  const withoutMetrics = { ...env, SERVE_METRICS: '0' };
  const sandbox: Role = {
    name: 'sandbox',
    file: 'apps/sandbox/src/main.js',
    env: withoutMetrics,
    readyUrl: `http://127.0.0.1:${config.sandboxPort}/health`,
  };
  const api: Role = {
    name: 'api',
    file: 'apps/api/src/main.js',
    env,
    readyUrl: `${addressOf(config, config.port)}/health/ready`,
  };
  const worker: Role = {
    name: 'worker',
    file: 'apps/worker/src/main.js',
    env: withoutMetrics,
    envAfterDeath: isOnlyUser ? { PREDECESSOR_PROVED_DEAD: '1' } : {},
  };
  const migrate: Step = { name: 'migrate', file: 'apps/cli/src/migrate.js', env };
  const seedDemo: Step = { name: 'demo', file: 'apps/cli/src/start/seed/main.js', env };
  return { sandbox, api, worker, migrate, seedDemo };
};
