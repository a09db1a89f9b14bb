import { readFileSync } from 'node:fs';
import { applyPatches } from '../test-build/patch.js';
import { SABOTEURS } from './saboteurs.js';

/** Told here, within a second, when a change of the product took a saboteur's place away; `npm run saboteurs` is the proof itself. */
describe('the saboteurs', () => {
  it('are the eighteen of the list, each with a name of its own', () => {
    expect(SABOTEURS.map(({ number }) => number)).toEqual(
      Array.from({ length: 18 }, (_, index) => index + 1),
    );
    expect(new Set(SABOTEURS.map(({ name }) => name)).size).toBe(18);
    for (const { name } of SABOTEURS) expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/);
  });

  describe.each(SABOTEURS)('$number, $name,', ({ patches, caughtBy }) => {
    it('finds its place in the product', () => {
      for (const file of new Set(patches.map((patch) => patch.file))) {
        const source = readFileSync(file, 'utf8');
        expect(applyPatches(file, source, patches)).not.toBe(source);
      }
    });

    it('has a scenario of that name to catch it', () => {
      if ('seeds' in caughtBy) return expect(caughtBy.seeds).toBeLessThanOrEqual(10);
      return expect(readFileSync(caughtBy.spec, 'utf8')).toContain(`it('${caughtBy.test}'`);
    });
  });
});
