import { createHash } from 'node:crypto';

import { judge, type Charge, type NewIncident } from '#charges';
import type { Outcome, ProviderPayment, Reading, SentReference } from '#providers/contract';

/** One in a hundred, at least one: what every operation's pages are held to. */
const SAMPLE_SHARE = 0.01;
/** Checks in one poll: at 200 ms and eight at once under three seconds, far inside the lease. What is left is checked at the next poll. */
const CHECKS_MAX = 100;

/** What reading an item's payment came to. */
export type Checked =
  | { readonly kind: 'PROVED'; readonly outcome: Outcome }
  /** Captured, but not what was asked for. */
  | {
      readonly kind: 'DIFFERS';
      readonly reason: string;
      readonly incidents: readonly NewIncident[];
    }
  /** Not read yet: it is not settled before it was. */
  | { readonly kind: 'WAIT' };

interface Succeeded {
  readonly item: { readonly charge: { readonly id: string } };
}

export interface ToCheck<Item> {
  readonly now: readonly Item[];
  /** Doubtful too, and too many for one poll. */
  readonly later: readonly Item[];
}

/** The items of a page whose payment is read before they are believed: pages carry no amount. All of an operation that was sent more than
 * once, since a replay that was executed would show there; else a sample that the operation's own id draws. */
export const itemsToCheck = <Item extends Succeeded>(
  succeeded: readonly Item[],
  operation: { readonly id: string; readonly sends: number },
): ToCheck<Item> => {
  if (operation.sends > 1)
    return { now: succeeded.slice(0, CHECKS_MAX), later: succeeded.slice(CHECKS_MAX) };
  const size = Math.min(CHECKS_MAX, Math.ceil(succeeded.length * SAMPLE_SHARE));
  return {
    now: succeeded
      .map((one) => ({ one, rank: drawn(operation.id, one.item.charge.id) }))
      .toSorted((a, b) => (a.rank < b.rank ? -1 : 1))
      .slice(0, size)
      .map(({ one }) => one),
    later: [],
  };
};

const drawn = (operationId: string, chargeId: string): string =>
  createHash('sha256').update(`${operationId}|${chargeId}`).digest('hex');

/** Polls without news after which a person is asked rather than the provider: by then the waits add up to some minutes. */
const POLLS_MAX = 20;

/** What the payment itself says of an item that the page calls charged. */
export const checkedBy = (
  reading: Reading<{ readonly payment: ProviderPayment }>,
  of: {
    readonly charge: Charge;
    readonly sent: SentReference;
    readonly providerPaymentId: string;
    readonly polls: number;
  },
): Checked => {
  const finding =
    reading.kind === 'FOUND'
      ? judge(
          { kind: 'FOUND', payments: [reading.payment] },
          {
            ...{ charge: of.charge, references: [of.sent] },
            ...{ knownPaymentId: of.providerPaymentId, bookedPaymentIds: [] },
          },
        )
      : undefined;
  if (finding?.kind === 'VERDICT' && finding.outcome.kind === 'SUCCEEDED')
    return { kind: 'PROVED', outcome: finding.outcome };
  if (finding?.kind === 'INCONCLUSIVE')
    return { kind: 'DIFFERS', reason: finding.reason, incidents: finding.incidents };
  return of.polls < POLLS_MAX
    ? { kind: 'WAIT' }
    : {
        kind: 'DIFFERS',
        reason: 'its payment could not be read, or shows no capture',
        incidents: [],
      };
};
