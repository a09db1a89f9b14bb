import { build, stop, type Plugin } from 'esbuild';
import { join } from 'node:path';

/** What is started often, and shall be there at once. */
const MAINS = [
  'apps/api/src/main.js',
  'apps/worker/src/main.js',
  'apps/sandbox/src/main.js',
  'apps/cli/src/migrate.js',
];

/** Nest asks for packages that need not be there: what is not found is left to the moment it is asked for. */
const optionalPackages: Plugin = {
  name: 'optional packages',
  setup: ({ onResolve, resolve }) =>
    onResolve({ filter: /^[^./#]/ }, async ({ path, pluginData, ...from }) => {
      if (pluginData === optionalPackages) return undefined;
      const found = await resolve(path, { ...from, pluginData: optionalPackages });
      return found.errors.length > 0 ? { path, external: true } : found;
    }),
};

/** What CommonJS packages expect around them. */
const SURROUNDINGS = `import { createRequire as createRequire$ } from 'node:module';
import { dirname as dirname$ } from 'node:path';
import { fileURLToPath as fileURLToPath$ } from 'node:url';
const require = createRequire$(import.meta.url);
const __filename = fileURLToPath$(import.meta.url), __dirname = dirname$(__filename);`;

/** Each process in a few files of `dist` instead of some thousands: it starts in a third of the processor time. See ADR 13. */
export const bundle = async (dist: string): Promise<void> => {
  await build({
    entryPoints: MAINS.map((file) => join(dist, file)),
    ...{ outdir: dist, outbase: dist, allowOverwrite: true },
    ...{
      chunkNames: 'bundled/[name]-[hash]',
      bundle: true,
      splitting: true,
      keepNames: true,
      sourcemap: true,
      // A trace shows places, not the text around them; read at each start, the texts would be two thirds of it.
      sourcesContent: false,
    },
    ...{ platform: 'node', format: 'esm', target: 'node20', logLevel: 'error' },
    // TypeORM looks for it by itself: both must find the same one, whose types are set.
    external: ['pg'],
    banner: { js: SURROUNDINGS },
    plugins: [optionalPackages],
  });
  // Its process would outlive us: a test runner then waits for it at its end, for ever.
  await stop();
};
