import { risingSeconds, wholeNumber, withDefault } from './variable.js';

/**
 * Every time constant and bound a process works by, each with its reason. A new one is added here
 * and nowhere else; tests and simulation shorten them and say so. Seconds and milliseconds are
 * machine time.
 */
export const timing = {
  LEASE_SECONDS: withDefault(
    wholeNumber(1, 3600),
    '90',
    'How long a claim holds: more than twice SEND_DEADLINE_SECONDS, so that a live sender ' +
      'never loses it to a slow settle.',
  ),
  SEND_DEADLINE_SECONDS: withDefault(
    wholeNumber(1, 600),
    '35',
    'How long one call to a provider may take: above the slowest card authorisation (30 s), ' +
      'below half the lease.',
  ),
  QUIET_PERIOD_SECONDS: withDefault(
    wholeNumber(1, 86_400),
    '600',
    'How long a provider must have shown nothing before absence counts as proof: a late ' +
      'capture has surfaced by then.',
  ),
  LOOKS_SECONDS: withDefault(
    risingSeconds(),
    '10,30,120,300,600,1800',
    'When an unclear attempt is asked about, counted from when it became so; afterwards a ' +
      'person is asked, then hourly.',
  ),
  SCHEDULE_LOOKS_SECONDS: withDefault(
    risingSeconds(),
    '20,60,120,300,600,1800',
    'When a payment the provider should have fired is looked up, counted from its time; the ' +
      'webhook gets the first 20 s.',
  ),
  AFTERLOOKS_SECONDS: withDefault(
    risingSeconds(),
    '600,3600,86400',
    'When a decision that can be overtaken (a failure, a success after any doubt) is asked about ' +
      'again: a second capture is known within 15 minutes, a late one within an hour or a day.',
  ),
  RECONCILE_SECONDS: withDefault(
    wholeNumber(1, 86_400),
    '600',
    'How often the captures of an account are read whole, where its provider lists them: a ' +
      'second capture is known within 15 minutes.',
  ),
  POLL_INTERVAL_MS: withDefault(
    wholeNumber(10, 60_000),
    '1000',
    'How often a worker looks for what is due; wake-ups only make it sooner.',
  ),
  SETTLE_BATCH: withDefault(
    wholeNumber(1, 5000),
    '500',
    'Charges settled in one transaction at most, and claimed, where SEND_CONCURRENCY does not ' +
      'bound it to less (2 to 4 times that many, the quicker the provider answers): few commits, ' +
      'locks held for milliseconds.',
  ),
  SEND_CONCURRENCY: withDefault(
    wholeNumber(1, 1000),
    '64',
    'Calls one worker has open at once for one provider account, at most: fills a 200 ms ' +
      'provider to 320 a second. Fewer while the worker is busy, so that others are served at once.',
  ),
  BREAKER_OPEN_SECONDS: withDefault(
    wholeNumber(1, 3600),
    '30',
    'How long nothing new is sent for an account after half of its sends came to nothing: long ' +
      'enough to restart a server, twice as long each further time, up to sixteen times.',
  ),
  RETRY_WAIT_SECONDS: withDefault(
    wholeNumber(1, 86_400),
    '300',
    'How long what did not get through waits at most for its share of the traffic (a tenth); ' +
      'then it is sent whatever the share, so that nothing waits for ever.',
  ),
  DRAIN_SECONDS: withDefault(
    wholeNumber(1, 45),
    '7',
    'How long a process may finish what it began after it was asked to stop; `npm start` ends' +
      ' it hard a second later.',
  ),
  DATABASE_WAIT_MS: withDefault(
    wholeNumber(10, 5_000),
    '700',
    'How long a request to the API waits for a database connection before it is answered 503 ' +
      'with Retry-After: the answer is there within a second.',
  ),
};
