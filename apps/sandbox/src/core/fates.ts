/** When a fate meets a request: before it is executed, after, in how it is executed, in what look-ups say, in bulk work, in webhooks. */
export const FATES = {
  /** The connection is reset at once; nothing is executed. */
  refuse: 'BEFORE',
  'hang-before': 'BEFORE',
  'error-before': 'BEFORE',
  /** 429; with options.retryAfterSeconds also a Retry-After. */
  'rate-limited': 'BEFORE',
  /** 401, as if the token had been revoked. */
  unauthorized: 'BEFORE',
  /** Only GET requests: 503. */
  'lookup-down': 'BEFORE',
  /** options.medianMs and options.p99Ms of a log-normal wait, or options.minMs and options.maxMs of a flat one. */
  slow: 'BEFORE',
  'hang-after': 'AFTER',
  'error-after': 'AFTER',
  /** The head and half of the body, then a reset. */
  'reset-mid-body': 'AFTER',
  'html-body': 'AFTER',
  'truncated-json': 'AFTER',
  /** Executed, the answer never leaves: the connection is reset. */
  'response-lost': 'AFTER',
  /** Executed, but the answer says it failed. */
  'reported-failed': 'AFTER',
  /** Answers failed; the money moves options.seconds later on the account's clock. */
  'failed-then-paid': 'DURING',
  /** options.mode: strict, paid-only, none or racy. */
  'duplicate-guard': 'DURING',
  /** For options.seconds after it was made a payment is not to be found. */
  'lookup-lag': 'LOOKUP',
  'bulk-response-lost': 'AFTER',
  'bulk-stuck': 'BULK',
  'bulk-item-missing': 'BULK',
  'bulk-reordered': 'BULK',
  'webhook-dropped': 'WEBHOOK',
  /** Sent options.count times in all. */
  'webhook-doubled': 'WEBHOOK',
  /** Sent options.seconds later on the account's clock. */
  'webhook-delayed': 'WEBHOOK',
  /** What comes within options.windowMs is sent last first. */
  'webhook-reversed': 'WEBHOOK',
  /** A second one that claims a payment nobody made goes out too. */
  'webhook-forged': 'WEBHOOK',
} as const;

export type Fate = keyof typeof FATES;
export type FateMoment = (typeof FATES)[Fate];

/** Short names for the fates of `error-before` and `error-after` with each status. */
export const STATUS_FATES: Readonly<Record<string, { fate: Fate; status: number }>> = {
  '500-before': { fate: 'error-before', status: 500 },
  '502-before': { fate: 'error-before', status: 502 },
  '504-before': { fate: 'error-before', status: 504 },
  '500-after': { fate: 'error-after', status: 500 },
  '502-after': { fate: 'error-after', status: 502 },
  '504-after': { fate: 'error-after', status: 504 },
};
