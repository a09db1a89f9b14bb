import { after, type MachineInstant } from '#platform/clock';

/** What sends lately came to, and what follows for the next. Pure: every step answers the breaker after it. */
export type Breaker =
  | { readonly kind: 'CLOSED'; readonly counts: readonly Count[] }
  | { readonly kind: 'OPEN'; readonly until: MachineInstant; readonly trips: number }
  /** The time is over: first the provider must answer a question, then one charge is let through. */
  | {
      readonly kind: 'HALF_OPEN';
      readonly trips: number;
      readonly isReadable: boolean;
      /** The one charge is under way, and is given up at this time. */
      readonly probeUntil: MachineInstant | null;
    };

/** What was sent within one second. */
interface Count {
  readonly second: number;
  readonly sends: number;
  readonly unclear: number;
}

/** UNCLEAR: no answer, or one that says nothing; whatever else was answered is CLEAR, a decline too. */
export type SendResult = 'CLEAR' | 'UNCLEAR' | 'NOT_SENT';

export interface BreakerLimits {
  readonly windowSeconds: number;
  /** Fewer prove nothing. */
  readonly sendsNeeded: number;
  /** 0 to 1. */
  readonly unclearShare: number;
  readonly openSeconds: number;
  readonly openMaxSeconds: number;
  /** Longer than any call: a probe whose word never came is given up then. */
  readonly probeSeconds: number;
}

export const CLOSED: Breaker = { kind: 'CLOSED', counts: [] };

/** The time of an open one may be over. */
export const breakerAt = (breaker: Breaker, now: MachineInstant): Breaker =>
  breaker.kind === 'OPEN' && now.getTime() >= breaker.until.getTime()
    ? { kind: 'HALF_OPEN', trips: breaker.trips, isReadable: false, probeUntil: null }
    : breaker;

/** How many charges may go out now. */
export const sendsAllowed = (breaker: Breaker, now: MachineInstant): number => {
  const at = breakerAt(breaker, now);
  if (at.kind === 'CLOSED') return Infinity;
  if (at.kind === 'OPEN') return 0;
  const isProbing = at.probeUntil !== null && now.getTime() < at.probeUntil.getTime();
  return at.isReadable && !isProbing ? 1 : 0;
};

/** Charges were let through: half open, that is the one. */
export const afterClaim = (
  breaker: Breaker,
  now: MachineInstant,
  { probeSeconds }: BreakerLimits,
): Breaker => {
  const at = breakerAt(breaker, now);
  return at.kind === 'HALF_OPEN' ? { ...at, probeUntil: after(now, probeSeconds) } : at;
};

/** A send's word. One that comes late, from before it opened, changes nothing any more; what never left says nothing about an account that
 * works, and is no success of the one that was let through. */
export const afterSend = (
  breaker: Breaker,
  { at: now, result }: { readonly at: MachineInstant; readonly result: SendResult },
  limits: BreakerLimits,
): Breaker => {
  const at = breakerAt(breaker, now);
  if (at.kind === 'OPEN') return at;
  if (at.kind === 'HALF_OPEN') {
    if (at.probeUntil === null) return at;
    return result === 'CLEAR' ? CLOSED : opened(at.trips + 1, now, limits);
  }
  if (result === 'NOT_SENT') return at;
  const counts = counted(at.counts, { at: now, isUnclear: result === 'UNCLEAR' }, limits);
  const sends = counts.reduce((sum, count) => sum + count.sends, 0);
  const unclear = counts.reduce((sum, count) => sum + count.unclear, 0);
  return sends >= limits.sendsNeeded && unclear >= sends * limits.unclearShare
    ? opened(1, now, limits)
    : { kind: 'CLOSED', counts };
};

const counted = (
  counts: readonly Count[],
  { at, isUnclear }: { readonly at: MachineInstant; readonly isUnclear: boolean },
  { windowSeconds }: BreakerLimits,
): Count[] => {
  const second = Math.floor(at.getTime() / 1_000);
  const recent = counts.filter((count) => count.second > second - windowSeconds);
  const here = recent.find((count) => count.second === second);
  const { sends, unclear } = here ?? { sends: 0, unclear: 0 };
  return [
    ...recent.filter((count) => count !== here),
    { second, sends: sends + 1, unclear: unclear + (isUnclear ? 1 : 0) },
  ];
};

/** The provider answered a question, or did not: reads show first that it is back. */
export const afterRead = (
  breaker: Breaker,
  { at: now, isAnswered }: { readonly at: MachineInstant; readonly isAnswered: boolean },
): Breaker => {
  const at = breakerAt(breaker, now);
  return at.kind === 'HALF_OPEN' && isAnswered ? { ...at, isReadable: true } : at;
};

/** Each time in a row twice as long, up to the bound. */
const opened = (trips: number, now: MachineInstant, limits: BreakerLimits): Breaker => ({
  kind: 'OPEN',
  trips,
  until: after(now, Math.min(limits.openSeconds * 2 ** (trips - 1), limits.openMaxSeconds)),
});
