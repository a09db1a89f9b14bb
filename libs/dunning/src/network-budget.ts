import { after, type BusinessInstant } from '#platform/clock';

import { rulesAt, type Network, type NetworkRule } from './network-rules.js';

/** What the ledger has of one card, account and amount since its last approval. */
export interface DeclineRun {
  readonly network: Network;
  /** Business times of its declines within the longest window, in order. */
  readonly declinedAt: readonly BusinessInstant[];
  /** Attempts under way: each may become a decline. */
  readonly underWay: number;
}

/** Whether a payment may be tried again now; else which rule forbids it, and when its next slot opens. */
export type NetworkAllowance =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly opensAt: BusinessInstant; readonly reason: string };

/** A moment past the end of a window, so that the decline has left it. */
const PAST_SECONDS = 1;

/** Counts every decline in the window and every attempt that may become one. */
export const allowanceOf = (run: DeclineRun, at: BusinessInstant): NetworkAllowance => {
  const closed = rulesAt(run.network, at).flatMap((rule) => {
    const opensAt = opensAtOf(rule, run, at);
    return opensAt ? [{ rule, opensAt }] : [];
  });
  const [latest] = closed.toSorted((a, b) => b.opensAt.getTime() - a.opensAt.getTime());
  return latest
    ? { allowed: false, opensAt: latest.opensAt, reason: reasonOf(latest.rule, latest.opensAt) }
    : { allowed: true };
};

const opensAtOf = (
  { windowHours, declinesMax }: NetworkRule,
  { declinedAt, underWay }: DeclineRun,
  at: BusinessInstant,
): BusinessInstant | undefined => {
  const windowSeconds = windowHours * 3_600;
  const counted = declinedAt.filter((declined) => declined > after(at, -windowSeconds));
  const excess = counted.length + underWay - declinesMax;
  if (excess < 0) return undefined;
  // When so many of them have left the window that one more finds room; what is under way leaves it last.
  const last = counted[excess] ?? at;
  return after(last, windowSeconds + PAST_SECONDS);
};

const reasonOf = ({ network, windowHours, declinesMax }: NetworkRule, opensAt: Date): string => {
  const window = windowHours > 24 ? `${windowHours / 24} days` : `${windowHours} hours`;
  const who = network === 'OTHER' ? 'the card’s network' : network;
  return `network budget: ${who} allows ${declinesMax} declines of a payment in ${window}; the next slot opens at ${opensAt.toISOString()}`;
};
