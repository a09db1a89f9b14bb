import { tellStories } from './campaign.js';
import { SABOTEURS } from './saboteurs.js';

/** The same stories every time: a failure here is a change in the decisions, never bad luck. */
const SEED = 20_260_301;
const RUNS = Number(process.env['RUNS'] ?? 2_000);
const SABOTAGED_RUNS = 2_000;

describe('the decisions of the house, under every order of events', () => {
  it('take each payment once, lose none, and tell a person what they cannot know', () => {
    const { runs, hits, story } = tellStories({ runs: RUNS, seed: SEED });
    if (process.env['SHOW']) console.log([...hits].toSorted(), story);
    expect(story ?? []).toEqual([]);
    expect(runs).toBe(RUNS);
  }, 120_000);
});

describe('a broken decision', () => {
  it.each(Object.entries(SABOTEURS))(
    'is noticed: %s',
    (name, sabotage) => {
      const started = performance.now();
      const { story, runs } = tellStories({ runs: SABOTAGED_RUNS, seed: SEED, sabotage });
      if (process.env['SHOW'])
        console.log(name, runs, performance.now() - started, story?.join('\n'));
      expect(story?.at(-1)).toMatch(/→ (M|S|R)\d|attempts_one|allowed_transitions/);
    },
    60_000,
  );
});
