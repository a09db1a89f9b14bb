import { randomBytes } from 'node:crypto';
import { chown, link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError, readConfig } from './config.js';
import { ENCRYPTION_KEY_BYTES, parseEncryptionKeys } from './encryption-key.js';

/** Names inside DATA_DIR that more than one process reads. */
export const DATA_FILES = {
  encryptionKeys: 'encryption-keys',
  /** The embedded server's address while it runs, so that `npm run cli` finds it. */
  databaseUrl: 'database-url',
  demoApiKey: 'demo-api-key',
} as const;

/** The text of a file in DATA_DIR, nothing when there is none. */
export const readDataFile = async (dataDir: string, name: string): Promise<string | undefined> => {
  try {
    return (await readFile(join(dataDir, name), 'utf8')).trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};

/**
 * Others may pass through it, because PostgreSQL may run as another user, but not list it; each
 * secret has its own mode.
 */
export const makeDataDir = async (dataDir: string) => {
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
};

const writeWhole = async (dataDir: string, name: string, content: string): Promise<string> => {
  await makeDataDir(dataDir);
  const whole = join(dataDir, `${name}.${randomBytes(6).toString('hex')}`);
  await writeFile(whole, `${content}\n`, { mode: 0o600, flush: true });
  if (process.getuid?.() === 0) {
    // A user's folder stays that user's when root runs in it once.
    const { uid, gid } = await stat(dataDir);
    await chown(whole, uid, gid);
  }
  return whole;
};

/** Only the owner can read it, and it is there whole or not at all. */
export const replaceDataFile = async (dataDir: string, name: string, content: string) =>
  rename(await writeWhole(dataDir, name, content), join(dataDir, name));

export const removeDataFile = (dataDir: string, name: string) =>
  rm(join(dataDir, name), { force: true });

/**
 * As {@link replaceDataFile}, once: the first of several writers wins and all get what it wrote.
 */
export const keepDataFile = async (
  dataDir: string,
  name: string,
  content: string,
): Promise<string> => {
  const whole = await writeWhole(dataDir, name, content);
  try {
    await link(whole, join(dataDir, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(whole);
  }
  return (await readDataFile(dataDir, name)) ?? content;
};

const freshEncryptionKeys = (): string =>
  `1:${randomBytes(ENCRYPTION_KEY_BYTES).toString('base64')}`;

/** What a process runs with: nothing is left open. */
export type FullConfig = Config & {
  readonly encryptionKeys: NonNullable<Config['encryptionKeys']>;
};

/**
 * The environment, completed from DATA_DIR: encryption keys (generated there once) and the embedded
 * server's address while `npm start` runs. In production both come from the environment alone.
 */
export const loadConfig = async (env: NodeJS.ProcessEnv): Promise<FullConfig> => {
  const config = readConfig(env);
  const { dataDir } = config;
  const kept =
    env['ENCRYPTION_KEYS'] ||
    (await readDataFile(dataDir, DATA_FILES.encryptionKeys)) ||
    (await keepDataFile(dataDir, DATA_FILES.encryptionKeys, freshEncryptionKeys()));
  const encryptionKeys = parseEncryptionKeys(kept);
  if (!encryptionKeys) {
    throw new ConfigError(
      `ENCRYPTION_KEYS: ${join(dataDir, DATA_FILES.encryptionKeys)} is damaged`,
    );
  }
  const databaseUrl = config.databaseUrl ?? (await readDataFile(dataDir, DATA_FILES.databaseUrl));
  const databaseListenUrl = config.databaseListenUrl ?? databaseUrl;
  return Object.freeze({ ...config, encryptionKeys, databaseUrl, databaseListenUrl });
};

/**
 * For a main.ts: the configuration, or one line for each wrong variable on stderr and exit code 1.
 */
export const loadConfigOrExit = async (env: NodeJS.ProcessEnv): Promise<FullConfig> => {
  try {
    return await loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
};
