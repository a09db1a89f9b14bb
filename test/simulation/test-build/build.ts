import { transform } from '@swc/core';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import { applyPatches, type Patch } from './patch.js';
import { RUNTIME_CODE } from './runtime.js';

/** Everything a running product is made of. */
const COMPILED = ['libs', 'apps/api/src', 'apps/worker/src', 'apps/sandbox/src', 'apps/cli/src'];
/** What the patches call, loaded before anything else of a process. */
const RUNTIME = 'simulation-runtime.mjs';

interface Source {
  readonly file: string;
  readonly text: string;
}

const readSources = async (root: string): Promise<Source[]> => {
  const listed = await Promise.all(
    COMPILED.map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true })),
  );
  const paths = listed
    .flat()
    .filter(({ name }) => name.endsWith('.ts') && !/\.(spec|d)\.ts$/.test(name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return Promise.all(
    paths.map(async (path) => ({
      file: relative(root, path),
      text: await readFile(path, 'utf8'),
    })),
  );
};

const compile = async ({ file, text }: Source, dist: string): Promise<void> => {
  const { code } = await transform(text, {
    filename: file,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    },
    module: { type: 'es6' },
    swcrc: false,
  });
  const target = join(dist, file.replace(/\.ts$/, '.js'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, code);
};

const assertUsed = (patches: readonly Patch[], sources: readonly Source[]): void => {
  const known = new Set(sources.map(({ file }) => file));
  for (const { file } of patches)
    if (!known.has(file)) throw new Error(`expected a source ${file} to patch, found none`);
};

export interface TestProduct {
  /** As `npm install` leaves one: package.json, dist/, node_modules/. */
  readonly root: string;
  /** What `node --import` loads first, so that the patches find what they call. */
  readonly runtime: string;
  /** Of the sources, the patches and the compiler's settings. */
  readonly hash: string;
}

/**
 * The product with these patches in it, compiled into a folder of its own: the repository's own build never holds them. The same sources and
 * patches are compiled once.
 */
export const buildTestProduct = async ({
  patches = [],
  repository = process.cwd(),
}: {
  readonly patches?: readonly Patch[];
  readonly repository?: string;
} = {}): Promise<TestProduct> => {
  const sources = await readSources(repository);
  assertUsed(patches, sources);
  const patched = sources.map(({ file, text }) => ({
    file,
    text: applyPatches(file, text, patches),
  }));
  const manifest = await readFile(join(repository, 'package.json'), 'utf8');
  const hash = createHash('sha256')
    .update(JSON.stringify([patched, manifest, RUNTIME_CODE, repository]))
    .digest('hex')
    .slice(0, 16);
  const root = join(tmpdir(), `refrain-test-build-${hash}`);
  const product = { root, runtime: join(root, RUNTIME), hash };
  if (existsSync(root)) return product;
  const half = await mkdtemp(`${root}.`);
  await chmod(half, 0o755);
  await Promise.all(patched.map((source) => compile(source, join(half, 'dist'))));
  await writeFile(join(half, 'package.json'), manifest);
  await writeFile(join(half, RUNTIME), RUNTIME_CODE);
  await symlink(join(repository, 'node_modules'), join(half, 'node_modules'));
  // Somebody else may have built the same meanwhile; theirs is as good.
  await rename(half, root).catch((error: unknown) => {
    if (!existsSync(root)) throw error;
  });
  return product;
};
