import { after, type MachineInstant } from '#platform/clock';

import type { Loaded } from './loaded.repository.js';
import type { Settlement } from './settlement.js';

/** When a decided charge is asked about again, and how often it was. */
export interface Afterlook {
  readonly afterlooks: number;
  readonly nextAfterlookAt: MachineInstant | null;
}

/** What is being settled, with what is known of it. */
export interface Looking {
  readonly settlement: Settlement;
  readonly loaded: Loaded;
  /** The provider gave an answer; absent: nobody asked. */
  readonly isAnswered?: boolean;
}

export interface AfterlookContext {
  readonly now: MachineInstant;
  /** Times after the decision. */
  readonly afterlooksSeconds: readonly number[];
}

/** A decision that can be overtaken is looked at again: a payment that failed may be captured later, and what was ever in doubt may have been
 * captured twice. A plain success is not. Nothing: it stays as it is written. */
export const afterlookOf = (looking: Looking, context: AfterlookContext): Afterlook | undefined =>
  looking.settlement.to ? whenDecided(looking, context) : whenLookedAt(looking, context);

const NO_MORE: Afterlook = { afterlooks: 0, nextAfterlookAt: null };

const whenDecided = (looking: Looking, { now, afterlooksSeconds }: AfterlookContext): Afterlook => {
  const [seconds] = afterlooksSeconds;
  if (seconds === undefined || !mayBeOvertaken(looking)) return NO_MORE;
  return { afterlooks: 0, nextAfterlookAt: after(now, seconds) };
};

/** Each look takes its turn, answered or not; the last is made again until it is answered, as far apart as it was from the one before. */
const whenLookedAt = (
  { loaded, isAnswered }: Looking,
  { now, afterlooksSeconds }: AfterlookContext,
): Afterlook | undefined => {
  if (!loaded.afterlook?.isDue) return undefined;
  const { made } = loaded.afterlook;
  const isLast = made >= afterlooksSeconds.length - 1;
  if (isLast && isAnswered) return { afterlooks: made + 1, nextAfterlookAt: null };
  const next = isLast ? afterlooksSeconds.length - 1 : made + 1;
  const gap = (afterlooksSeconds[next] ?? 0) - (afterlooksSeconds[next - 1] ?? 0);
  return { afterlooks: next, nextAfterlookAt: after(now, gap) };
};

const mayBeOvertaken = (looking: Looking): boolean => {
  const { charge, to } = looking.settlement;
  if (!wentOutSingly(looking)) return false;
  switch (to) {
    case 'FAILED':
      return true;
    case 'CANCELED':
      // What was registered and is canceled was never fired: the provider itself said so.
      return charge.state !== 'REGISTERED';
    case 'SUCCEEDED':
      return wasDoubted(looking);
    default:
      return false;
  }
};

/** What went out in a bulk operation is not to be found one by one. */
const wentOutSingly = ({ settlement, loaded: { attempt, earlier } }: Looking): boolean =>
  (attempt !== undefined &&
    attempt.kind !== 'BULK' &&
    settlement.attempt !== null &&
    settlement.attempt.outcome !== 'NOT_SENT') ||
  (earlier?.singles ?? 0) > 0;

/** Sent more than once, by whomever: again under its reference, in another attempt, by an owner that took over from another; or unclear for
 * so long that somebody had to ask. What the provider fires by itself has to be asked about, doubt or not. */
const wasDoubted = ({ settlement: { charge }, loaded: { attempt, earlier } }: Looking): boolean => {
  if ((attempt?.sends ?? 0) > 1 || (earlier?.decided ?? 0) > 0) return true;
  switch (charge.state) {
    case 'REGISTERED':
      return false;
    case 'SUBMITTING':
      // Nobody holds what is being sent the first time before its sender does.
      return charge.leaseToken !== null;
    case 'PROCESSING':
      return charge.looks > 0;
    default:
      return true;
  }
};
