import type { Check } from './indexed.js';

/** The transition table of the design, in the checker's own hand. */
export const EDGES: Readonly<Record<string, readonly string[]>> = {
  NONE: ['SCHEDULED'],
  SCHEDULED: ['REGISTERED', 'SUBMITTING', 'CANCELED', 'SKIPPED', 'FAILED', 'RETRY_SCHEDULED'],
  REGISTERED:
    'PROCESSING SUCCEEDED FAILED RETRY_SCHEDULED UNKNOWN SCHEDULED CANCELED SKIPPED'.split(' '),
  SUBMITTING: ['PROCESSING', 'SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'UNKNOWN', 'SCHEDULED'],
  PROCESSING: ['SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'UNKNOWN', 'NEEDS_REVIEW'],
  UNKNOWN: ['PROCESSING', 'SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'SUBMITTING', 'NEEDS_REVIEW'],
  NEEDS_REVIEW: ['PROCESSING', 'SUCCEEDED', 'FAILED', 'RETRY_SCHEDULED', 'SUBMITTING'],
  RETRY_SCHEDULED: ['SUBMITTING', 'FAILED', 'CANCELED', 'SUCCEEDED'],
  FAILED: ['RETRY_SCHEDULED', 'SUCCEEDED'],
  CANCELED: ['SUCCEEDED'],
  SKIPPED: ['SUCCEEDED'],
  SUCCEEDED: ['PARTIALLY_REFUNDED', 'REFUNDED'],
  PARTIALLY_REFUNDED: ['REFUNDED'],
  REFUNDED: [],
};
const LIVE = [null, 'PENDING', 'UNKNOWN'];

/** Terminal is terminal, but for the late edges. */
const S1: Check = ({ transitions }) =>
  transitions
    .filter(({ from_state: from, to_state: to }) => !EDGES[from]?.includes(to))
    .map(({ charge_id: id, from_state: from, to_state: to }) => `${id} went from ${from} to ${to}`);

/** Replaying the history gives the row. */
const S2: Check = ({ stories }) =>
  stories.flatMap(({ charge, transitions }) => {
    const ordered = [...transitions].sort((a, b) => a.version - b.version);
    const gap = ordered.find(({ version }, n) => version !== n + 1);
    const broken = ordered.find(
      ({ from_state: from }, n) => from !== (ordered[n - 1]?.to_state ?? 'NONE'),
    );
    const last = ordered.at(-1);
    return [
      ...(gap ? [`${charge.order_id} has a gap or a double at version ${gap.version}`] : []),
      ...(broken
        ? [`${charge.order_id} goes on from ${broken.from_state} at version ${broken.version}`]
        : []),
      ...(last?.to_state !== charge.state || last.version !== charge.version
        ? [
            `${charge.order_id} is ${charge.state} v${charge.version}, its history ends at ${last?.to_state} v${last?.version}`,
          ]
        : []),
    ];
  });

/** Nothing stays unclear in silence. */
const S3: Check = ({ stories }) =>
  stories
    .filter(({ charge }) => charge.state === 'UNKNOWN' || charge.state === 'SUBMITTING')
    .map(({ charge }) => `${charge.order_id} is ${charge.state} after everything was quiet`);

/** One attempt under way, one success. */
const S4: Check = ({ stories }) =>
  stories.flatMap(({ charge, attempts }) => {
    const live = attempts.filter(({ outcome }) => LIVE.includes(outcome)).length;
    const won = attempts.filter(({ outcome }) => outcome === 'SUCCEEDED').length;
    return [
      ...(live > 1 ? [`${charge.order_id} has ${live} attempts under way`] : []),
      ...(won > 1 ? [`${charge.order_id} has ${won} successes`] : []),
    ];
  });

/** Two owners never wrote the same step. */
const S5: Check = ({ stories }) =>
  stories.flatMap(({ charge, transitions }) => {
    const versions = transitions.map(({ version }) => version);
    return new Set(versions).size < versions.length
      ? [`${charge.order_id} has a version that two wrote`]
      : [];
  });

export const stateChecks = { S1, S2, S3, S4, S5 };
