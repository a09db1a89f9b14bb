/** A change of the source that exists in a test build alone: a named crash point, or a saboteur's breakage. The product's own source
 * and build hold no trace of it. */
export interface Patch {
  /** From the root of the repository: `libs/charges/src/settler.ts`. */
  readonly file: string;
  /** Text that stands in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** The source with the patches of its file in it; a patch whose place is gone, or is not the only one, stops the build. */
export const applyPatches = (file: string, source: string, patches: readonly Patch[]): string =>
  patches
    .filter((patch) => patch.file === file)
    .reduce((patched, { find, replace }) => {
      const [before, after, ...more] = patched.split(find);
      if (before === undefined || after === undefined || more.length > 0)
        throw new Error(
          `expected the text of a patch once in ${file}, found it ${after === undefined ? 'nowhere' : `${more.length + 1} times`}:\n${find}`,
        );
      return `${before}${replace}${after}`;
    }, source);
