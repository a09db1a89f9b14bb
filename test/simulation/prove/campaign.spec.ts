import {
  addRun,
  addUp,
  judgeCampaign,
  nextSeed,
  runsOf,
  TARGETS,
  type CampaignRun,
} from './campaign.js';

const TREES = { libs: 'libs-1', apps: 'apps-1' };

const run = (more: Partial<CampaignRun> = {}): CampaignRun => ({
  ...{ commit: 'c', on: '2026-11-25', firstSeed: 1, wallSeconds: 60 },
  ...{ ...TARGETS, hits: { k1: 20, k2: 30 }, violations: [], ...more },
});

describe('a campaign', () => {
  it('adds up runs about the same code, and begins anew with other code', () => {
    const first = addRun(undefined, TREES, run());
    const second = addRun(first, TREES, run({ firstSeed: 201 }));
    expect(addUp(second.runs)).toMatchObject({ seeds: 400, hits: { k1: 40, k2: 60 } });
    const other = { ...TREES, libs: 'libs-2' };
    expect(addRun(second, other, run()).runs).toHaveLength(1);
    expect(runsOf(second, other)).toEqual([]);
  });

  it('never runs a seed again', () => {
    expect(nextSeed([])).toBe(1);
    expect(nextSeed([run({ seeds: 12 }), run({ firstSeed: 13, seeds: 5 })])).toBe(18);
  });

  it('proves something when it is whole, unharmed, and met everything it is about', () => {
    expect(judgeCampaign(addUp([run()]), ['k1', 'k2'])).toEqual({ isProved: true, reasons: [] });
  });

  it.each([
    [run({ charges: 59_999 }), 'charges: 59999 of 60000'],
    [run({ hits: { k1: 1 } }), 'vacuous: never hit: k2'],
    [run({ violations: [{ invariant: 'M1', seed: 7 }] }), '1 violations'],
  ])('proves nothing otherwise', (one, reason) => {
    expect(judgeCampaign(addUp([one]), ['k1', 'k2'])).toEqual({
      isProved: false,
      reasons: [reason],
    });
  });
});
