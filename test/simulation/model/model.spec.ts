import { tellStories } from './campaign.js';
import { SABOTEURS } from './saboteurs.js';

/** The same stories every time: a failure here is a change in the decisions, never bad luck. */
const SEED = 20_260_301;
const RUNS = 4_000;
/** The rarest needs a decline that is paid late and a sender that dies between its intent and its question. */
const SABOTAGED_RUNS = 6_000;
/** A story that a person can read. */
const LINES_MAX = 25;
const MINUTES = 60_000;

/** What a campaign that never met it would prove nothing about. */
const MET = [
  ...[
    'takeover',
    'crash',
    'answer lost',
    'stale result kept as an observation',
    'a person decided',
  ],
  ...['resend', 'forestalled', 'paid after it failed', 'refund found at the provider'],
  ...['incident LATE_SUCCESS', 'incident DUPLICATE_CAPTURE', 'incident QUARANTINED'],
  ...['done: CANCEL', 'done: RETRY', 'done: RESOLVE', 'done: REFUND_ALL', 'done: REFUND_PART'],
  ...['finding VERDICT', 'finding PENDING', 'finding ABSENT', 'finding INCONCLUSIVE'],
  ...['NOT_SENT', 'REJECTED', 'DECLINED', 'SUCCEEDED', 'PENDING', 'UNKNOWN'].map(
    (kind) => `outcome ${kind}`,
  ),
  ...['REJECTED', 'DECLINED', 'SUCCEEDED', 'PENDING', 'UNKNOWN'].map(
    (kind) => `outcome ${kind} to a resend`,
  ),
];
/** Of the edges that a single charge can take: schedules, registrations and bulk operations are other stories. */
const EDGES = [
  ...['NONE → SCHEDULED', 'SCHEDULED → SUBMITTING', 'SCHEDULED → CANCELED'],
  ...['PROCESSING', 'SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'UNKNOWN', 'SCHEDULED'].map(
    (to) => `SUBMITTING → ${to}`,
  ),
  ...['SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'NEEDS_REVIEW'].map((to) => `PROCESSING → ${to}`),
  ...['PROCESSING', 'SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'SUBMITTING', 'NEEDS_REVIEW'].map(
    (to) => `UNKNOWN → ${to}`,
  ),
  ...['SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED'].map((to) => `NEEDS_REVIEW → ${to}`),
  ...['SUBMITTING', 'CANCELED', 'SUCCEEDED'].map((to) => `RETRY_SCHEDULED → ${to}`),
  ...['FAILED → RETRY_SCHEDULED', 'FAILED → SUCCEEDED', 'CANCELED → SUCCEEDED'],
  ...['SUCCEEDED → PARTIALLY_REFUNDED', 'SUCCEEDED → REFUNDED', 'PARTIALLY_REFUNDED → REFUNDED'],
];

describe('the decisions of the house, under every order of events', () => {
  it(
    'take each payment once, lose none, and tell a person what they cannot know',
    () => {
      const { runs, hits, story } = tellStories({ runs: RUNS, seed: SEED });
      expect(story ?? []).toEqual([]);
      expect(runs).toBe(RUNS);
      const wanted = [...MET, ...EDGES.map((edge) => `edge ${edge}`)];
      expect(wanted.filter((what) => !hits.has(what))).toEqual([]);
    },
    3 * MINUTES,
  );
});

describe('a broken decision', () => {
  it.each(Object.entries(SABOTEURS))(
    'is noticed: %s',
    (_, sabotage) => {
      const { story = [] } = tellStories({ runs: SABOTAGED_RUNS, seed: SEED, sabotage });
      expect(story.at(-1)).toMatch(/^→ (M|S|R)\d/);
      expect(story.length).toBeLessThanOrEqual(LINES_MAX);
    },
    2 * MINUTES,
  );
});
