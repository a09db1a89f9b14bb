/** The life of a charge. `allowed_transitions` in the database holds the same table and refuses every other edge. */
export const TRANSITIONS = {
  NONE: ['SCHEDULED'],
  SCHEDULED: ['REGISTERED', 'SUBMITTING', 'CANCELED', 'SKIPPED', 'FAILED', 'RETRY_SCHEDULED'],
  REGISTERED: [
    'PROCESSING',
    'SUCCEEDED',
    'FAILED',
    'RETRY_SCHEDULED',
    'UNKNOWN',
    'SCHEDULED',
    'CANCELED',
    'SKIPPED',
  ],
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
} as const satisfies Record<string, readonly string[]>;

export type ChargeState = Exclude<keyof typeof TRANSITIONS, 'NONE'>;
export type Origin = keyof typeof TRANSITIONS;

export const CHARGE_STATES = Object.keys(TRANSITIONS).filter(
  (state) => state !== 'NONE',
) as ChargeState[];

export const mayTransition = (from: Origin, to: ChargeState): boolean =>
  (TRANSITIONS[from] as readonly string[]).includes(to);

/** Nothing has been decided yet, or something is still to be sent. */
export const isLive = (state: ChargeState): boolean => LIVE_STATES.includes(state);
export const LIVE_STATES: readonly ChargeState[] = [
  'SCHEDULED',
  'REGISTERED',
  'SUBMITTING',
  'PROCESSING',
  'UNKNOWN',
  'NEEDS_REVIEW',
  'RETRY_SCHEDULED',
];

/** Failed, canceled or skipped for us; a capture the provider makes all the same is a late success and opens an incident. */
export const isLateEdge = (from: ChargeState): boolean =>
  from === 'FAILED' || from === 'CANCELED' || from === 'SKIPPED' || from === 'RETRY_SCHEDULED';

/** A capture counts, and any other one is beside it. */
export const isCaptured = (state: ChargeState): boolean =>
  state === 'SUCCEEDED' || state === 'PARTIALLY_REFUNDED' || state === 'REFUNDED';

/** The provider may have it: what asking tells may move it. Every other state is decided, or still to be sent. */
export const isLookedAt = (state: ChargeState): boolean =>
  state === 'REGISTERED' ||
  state === 'SUBMITTING' ||
  state === 'PROCESSING' ||
  state === 'UNKNOWN' ||
  state === 'NEEDS_REVIEW';
