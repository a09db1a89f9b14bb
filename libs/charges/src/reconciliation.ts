import { after, businessInstant, type BusinessInstant } from '#platform/clock';
import type { ListedCapture } from '#providers/contract';

import type { Named } from './ask-provider.js';
import type { Shown } from './attempt.resolver.js';
import type { NewIncident } from './settlement.js';

/** How far an account's captures are accounted for, in the provider's time. */
export interface Reconciliation {
  readonly sweptUntil: BusinessInstant;
  /** Where a sweep that was begun ends; absent: none is under way. */
  readonly sweepingTo: BusinessInstant | null;
  /** The earliest capture of that sweep that could not be accounted for yet. */
  readonly openFrom: BusinessInstant | null;
  readonly counts: SweepCounts;
}

/** What a sweep came to. */
export interface SweepCounts {
  readonly read: number;
  /** Under no reference of our form: somebody else's business with the same account. */
  readonly notOurs: number;
  /** Under a reference of ours, and not in the books. */
  readonly asked: number;
  /** Under a reference of our form that no attempt has. */
  readonly foreign: number;
  /** Left for the next sweep. */
  readonly left: number;
}
export const NO_COUNTS: SweepCounts = { read: 0, notOurs: 0, asked: 0, foreign: 0, left: 0 };

export const addCounts = (a: SweepCounts, b: SweepCounts): SweepCounts => ({
  read: a.read + b.read,
  notOurs: a.notOurs + b.notOurs,
  asked: a.asked + b.asked,
  foreign: a.foreign + b.foreign,
  left: a.left + b.left,
});

export interface Span {
  readonly from: BusinessInstant;
  readonly to: BusinessInstant;
}

/** A capture may show up in the list later than its own time says: clocks differ by seconds, a provider's lists lag by as much as minutes. */
const OVERLAP_SECONDS = 300;
/** No provider lists more at once (PortOne: 90 days). */
const SPAN_MAX_SECONDS = 90 * 86_400;

/** What is read next: the rest of what was begun, else what was captured since, and a little more. */
export const spanOf = (
  { sweptUntil, sweepingTo }: Pick<Reconciliation, 'sweptUntil' | 'sweepingTo'>,
  businessNow: BusinessInstant,
): Span => {
  if (sweepingTo) return { from: sweptUntil, to: sweepingTo };
  const from = after(sweptUntil, -OVERLAP_SECONDS);
  const last = after(from, SPAN_MAX_SECONDS);
  return { from, to: last < businessNow ? last : businessNow };
};

/** How far the reading came. */
export interface Reach {
  /** The time of the last capture that was read; absent: none was. */
  readonly lastAt: BusinessInstant | null;
  readonly isWhole: boolean;
  readonly openFrom: BusinessInstant | null;
}

/** Goes on from the last capture's own time, never from a page's number: pages move when a payment among them is taken back. A whole sweep
 * ends before the first capture that it could not account for, so that the next one reads that again. */
export const advanced = (
  before: Pick<Reconciliation, 'sweptUntil' | 'openFrom'>,
  { to }: Span,
  { lastAt, isWhole, openFrom: found }: Reach,
): Omit<Reconciliation, 'counts'> => {
  const openFrom = earlier(before.openFrom, found);
  if (isWhole) return { sweptUntil: earlier(to, openFrom) ?? to, sweepingTo: null, openFrom: null };
  return { sweptUntil: lastAt ?? before.sweptUntil, sweepingTo: to, openFrom };
};

export const earlier = (
  a: BusinessInstant | null,
  b: BusinessInstant | null,
): BusinessInstant | null => {
  if (!a || !b) return a ?? b;
  return a < b ? a : b;
};

export const capturedAt = ({ capturedAtSeconds }: ListedCapture): BusinessInstant =>
  businessInstant(capturedAtSeconds * 1_000);

/** What is known of a reference that attempts went out under. */
export interface KnownReference {
  readonly chargeId: string;
  /** Somebody sends it, or asks about it, at this moment. */
  readonly isHeld: boolean;
  /** The payment that counts, and those booked beside it. */
  readonly bookedPaymentIds: readonly string[];
}

export interface SortedCaptures {
  /** Not in the books, by charge. */
  readonly toAsk: ReadonlyMap<string, readonly ListedCapture[]>;
  readonly foreign: readonly ListedCapture[];
  readonly held: readonly ListedCapture[];
  readonly notOurs: number;
}

/** As `providerReference` makes them. */
const OUR_FORM = /^[0-9a-f]{32}$/;
export const isOurForm = ({ reference }: ListedCapture): boolean => OUR_FORM.test(reference);

/** Whose each capture is, as a set: the order and the pages of the list mean nothing. */
export const sortCaptures = (
  captures: readonly ListedCapture[],
  known: ReadonlyMap<string, KnownReference>,
): SortedCaptures => {
  const toAsk = new Map<string, ListedCapture[]>();
  const foreign: ListedCapture[] = [];
  const held: ListedCapture[] = [];
  for (const capture of captures.filter(isOurForm)) {
    const found = known.get(capture.reference);
    if (!found) foreign.push(capture);
    else if (found.bookedPaymentIds.includes(capture.providerPaymentId)) continue;
    else if (found.isHeld) held.push(capture);
    else toAsk.set(found.chargeId, [...(toAsk.get(found.chargeId) ?? []), capture]);
  }
  return { toAsk, foreign, held, notOurs: captures.filter((one) => !isOurForm(one)).length };
};

export const namedBy = ({ toAsk }: SortedCaptures): Named =>
  new Map([...toAsk].map(([id, found]) => [id, found.map((one) => one.providerPaymentId)]));

export interface Unaccounted {
  readonly chargeId: string;
  readonly capture: ListedCapture;
}

/** What the provider lists and, asked about the charge, did not show: there was no answer, or another one. */
export const notShown = ({ toAsk }: SortedCaptures, shown: Shown): Unaccounted[] =>
  [...toAsk].flatMap(([chargeId, captures]) =>
    captures
      .filter(({ providerPaymentId }) => !shown.get(chargeId)?.includes(providerPaymentId))
      .map((capture) => ({ chargeId, capture })),
  );

/** So long a sweep goes back for what the provider gives no account of; then a person is told, and it goes on. */
const PATIENCE_SECONDS = 86_400;

export const isPastPatience = (capture: ListedCapture, businessNow: BusinessInstant): boolean =>
  after(capturedAt(capture), PATIENCE_SECONDS) < businessNow;

/** A payment that nothing here has asked for, or that its provider cannot account for. */
export const foreignPayment = (capture: ListedCapture): NewIncident => {
  const { providerPaymentId, reference, orderId, amount } = capture;
  return { kind: 'FOREIGN_PAYMENT', detail: { providerPaymentId, reference, orderId, amount } };
};
