import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import swcJest from '@swc/jest';

/**
 * `@swc/jest`, with the patches of REFRAIN_PATCHES (JSON of `Patch[]`, test/simulation/test-build/patch.ts) laid over the sources first:
 * how a saboteur gets into the house that the scenarios run against. Without the variable it changes nothing.
 */
const PATCHES = JSON.parse(process.env.REFRAIN_PATCHES ?? '[]');

const patched = (source, path) => {
  let text = source;
  for (const { file, find, replace } of PATCHES) {
    if (relative(process.cwd(), path) !== file) continue;
    const parts = text.split(find);
    if (parts.length !== 2)
      throw new Error(`expected the text of a patch once in ${file}, found ${parts.length - 1}`);
    text = parts.join(replace);
  }
  return text;
};

/** Only what is patched is compiled anew: all else, node_modules among it, comes from jest's cache. */
const keyOf = (path) =>
  JSON.stringify(PATCHES.filter(({ file }) => relative(process.cwd(), path) === file));

export default {
  createTransformer: (options) => {
    const swc = swcJest.createTransformer(options);
    return {
      canInstrument: swc.canInstrument,
      process: (source, path, more) => swc.process(patched(source, path), path, more),
      getCacheKey: (source, path, more) =>
        createHash('sha256')
          .update(swc.getCacheKey(source, path, more))
          .update(keyOf(path))
          .digest('hex'),
    };
  },
};
