import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  chmod,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { bundle } from '../../../build/bundle.js';
import { compile, type Source } from './compile.js';
import { applyPatches, type Patch } from './patch.js';
import { RUNTIME_CODE } from './runtime.js';

/** Everything a running product is made of. */
const COMPILED = ['libs', 'apps/api/src', 'apps/worker/src', 'apps/sandbox/src', 'apps/cli/src'];
/** What the patches call, loaded before anything else of a process. */
const RUNTIME = 'simulation-runtime.mjs';

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

const assertUsed = (patches: readonly Patch[], sources: readonly Source[]): void => {
  const known = new Set(sources.map(({ file }) => file));
  for (const { file } of patches)
    if (!known.has(file)) throw new Error(`expected a source ${file} to patch, found none`);
};

const PREFIX = 'refrain-test-build-';
/** No run takes that long: what is older is nobody's. */
const OLD_MS = 24 * 3_600_000;

/** Each change of a source makes a build of its own; those of yesterday go. */
const removeOld = async (): Promise<void> => {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(tmpdir(), name);
    const made = await stat(path).catch(() => undefined); // another run removes it too
    if (made && Date.now() - made.mtimeMs > OLD_MS)
      await rm(path, { recursive: true, force: true });
  }
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
  const root = join(tmpdir(), `${PREFIX}${hash}`);
  const product = { root, runtime: join(root, RUNTIME), hash };
  if (existsSync(root)) return product;
  await removeOld();
  const half = await mkdtemp(`${root}.`);
  await chmod(half, 0o755);
  await Promise.all(patched.map((source) => compile(source, join(half, 'dist'))));
  await writeFile(join(half, 'package.json'), manifest);
  await writeFile(join(half, RUNTIME), RUNTIME_CODE);
  await symlink(join(repository, 'node_modules'), join(half, 'node_modules'));
  await bundle(join(half, 'dist'));
  // Somebody else may have built the same meanwhile; theirs is as good.
  await rename(half, root).catch((error: unknown) => {
    if (!existsSync(root)) throw error;
  });
  return product;
};
