import { setTimeout as pause } from 'node:timers/promises';
import { after } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { CardRegistrationResolver } from '#billing-keys';
import {
  hastenRefundLooks,
  openAccount,
  ProviderRefunds,
  type AttemptResolver,
  type ChargesDependencies,
  type ChargeState,
} from '#charges';
import { hasten, serveNext } from '#merchants';

import {
  askedChange,
  decidedChange,
  learnedFrom,
  subjectIdOf,
  type Decided,
} from './event-change.js';
import { findStates, findSubjects, learnPayments } from './subjects.repository.js';
import { decide, paymentsNamed, waitedSeconds, type WebhookEvent } from './webhook-event.js';
import {
  hastenPolls,
  lockWaitingEvents,
  nextApplyAt,
  writeEvents,
  type Account,
  type EventChange,
} from './webhook-events.repository.js';

/** Events of one transaction: a storm of tens of thousands is over in tens of them. */
const EVENTS_BATCH = 1_000;
/** Charges, and registrations, one serving asks about: each is a call to the provider. */
const ASKED_MAX = 100;

interface Asking {
  readonly account: Account;
  readonly events: readonly Decided[];
}

/** In a storm an account is passed by for so long after a serving: its events are applied by the hundred, and nobody notices the moment. */
const REST_MS = 50;
/** So many events of one serving are a storm; fewer leave the lane to others at once. */
const STORM_EVENTS = 10;

/** Applies what came in, set by set: asks the provider where a charge is open, and where it is settled writes only that. */
export class WebhookApplier {
  private readonly refunds: ProviderRefunds;
  /** Accounts served a moment ago. */
  private readonly resting = new Set<string>();

  constructor(
    private readonly dependencies: ChargesDependencies,
    private readonly resolver: AttemptResolver,
    private readonly registrations: CardRegistrationResolver,
  ) {
    this.refunds = new ProviderRefunds(dependencies);
  }

  /** Serves one account; answers whether any was due. */
  async runOnce(): Promise<boolean> {
    const { database } = this.dependencies;
    const passingBy = { accountIds: [...this.resting], merchantIds: [] };
    const served = await serveNext(database, { lane: 'APPLY', passingBy }, async (tx, agenda) => {
      const events = await lockWaitingEvents(tx, agenda, EVENTS_BATCH);
      if (events.length === 0)
        return { result: undefined, nextDueAt: await nextApplyAt(tx, agenda) };
      const decided = await this.decideAll(tx, agenda, events);
      const asked = withinBounds(decided);
      const { leaseSeconds } = this.dependencies.timing;
      await writeDecided(tx, agenda, { decided, asked, leaseSeconds });
      // Each full batch makes room for the next; a last one looks once more, since a writer that saw this agenda due left it so.
      const next =
        events.length === EVENTS_BATCH ? after(tx.now, 0) : await nextApplyAt(tx, agenda);
      const again = after(tx.now, LOOK_AGAIN_SECONDS);
      const nextDueAt = next && next.getTime() < again.getTime() ? next : again;
      const isStorm = events.length >= STORM_EVENTS;
      return { result: { account: agenda, events: asked, isStorm }, nextDueAt };
    });
    if (!served) return false;
    const { result } = served;
    if (!result) return true;
    const { providerAccountId } = served.agenda;
    await Promise.all([this.ask(result), result.isStorm && this.rest(providerAccountId)]);
    return true;
  }

  private async rest(providerAccountId: string): Promise<void> {
    this.resting.add(providerAccountId);
    await pause(REST_MS);
    this.resting.delete(providerAccountId);
  }

  private async decideAll(
    tx: Transaction,
    account: Account,
    events: readonly WebhookEvent[],
  ): Promise<Decided[]> {
    const subjects = await findSubjects(tx, account, events);
    const { access, provider } = await openAccount(tx, this.dependencies, account);
    const decided = events.map((event) => {
      const subject = subjects.get(event.id);
      const waiting = { ...event, waitedSeconds: waitedSeconds(event, tx.now) };
      return { event, subject, decision: decide(waiting, subject) };
    });
    if (provider.capabilities(access).lookUp === 'POSITIVE_ONLY')
      await learnPayments(tx, account, learnedFrom(decided));
    return decided;
  }

  /** No transaction is open. One subject is asked about once, however many events name it. */
  private async ask({ account, events }: Asking): Promise<void> {
    if (events.length === 0) return;
    const failures = new Map<string, unknown>();
    const shown = new Map<string, readonly string[]>();
    const named = paymentsNamed(
      events.flatMap(({ event, subject }) =>
        subject?.kind === 'CHARGE' ? [{ event, chargeId: subject.chargeId }] : [],
      ),
    );
    for (const ids of chargeIdsToAsk(events)) {
      const asked = new Map(ids.map((id) => [id, named.get(id) ?? []]));
      await this.askAbout(ids, failures, async () => {
        for (const [id, payments] of await this.resolver.askAbout(account, asked, 'webhook'))
          shown.set(id, payments);
      });
    }
    const booked = new Set<string>();
    const refunded = refundedIdsToAsk(events);
    await this.askAbout(refunded, failures, async () => {
      for (const id of await this.refunds.askAbout(account, refunded)) booked.add(id);
    });
    const registrationIds = registrationIdsToAsk(events);
    await this.askAbout(registrationIds, failures, () =>
      this.registrations.askAbout(account, registrationIds),
    );
    await this.dependencies.database.withMerchant(account.merchantId, async (tx) => {
      const states = await findStates(tx, account.merchantId, chargeIdsToAsk(events).flat());
      const asked = { states, failures, shown, booked };
      const changes = events.map((one) => askedChange(one, asked, tx.now));
      await writeEvents(tx, account.merchantId, changes);
      await hastenAgain(tx, account, changes);
    });
    for (const failure of failures.values()) throw failure;
  }

  /** One subject that cannot be asked about does not keep the others waiting: its events are parked, then the failure goes on its way. */
  private async askAbout(
    ids: readonly string[],
    failures: Map<string, unknown>,
    ask: () => Promise<unknown>,
  ): Promise<void> {
    if (ids.length === 0) return;
    try {
      await ask();
    } catch (error) {
      for (const id of ids) failures.set(id, error);
    }
  }
}

/** An agenda that is being served cannot be hastened: what came in meanwhile is found by looking once more. */
const LOOK_AGAIN_SECONDS = 1;

const idsOf = (events: readonly Decided[], isWanted: (one: Decided) => boolean): string[] => [
  ...new Set(events.filter(isWanted).flatMap(({ subject }) => subjectIdOf(subject) ?? [])),
];

const registrationIdsToAsk = (events: readonly Decided[]): string[] =>
  idsOf(events, ({ decision }) => decision.kind === 'ASK_REGISTRATION');

const refundedIdsToAsk = (events: readonly Decided[]): string[] =>
  idsOf(events, ({ decision }) => decision.kind === 'LOOK_FOR_REFUND');

/** The open ones together; one that had ended by itself, since what is asked there is whether we were wrong. */
const chargeIdsToAsk = (events: readonly Decided[]): string[][] => {
  const asked = events.filter(({ decision }) => decision.kind === 'ASK_CHARGE');
  const hasEnded = ({ subject }: Decided) =>
    subject?.kind === 'CHARGE' && !UNRESOLVED.has(subject.state);
  return [
    idsOf(asked, (one) => !hasEnded(one)),
    ...idsOf(asked, hasEnded).map((id) => [id]),
  ].filter((ids) => ids.length > 0);
};

const UNRESOLVED: ReadonlySet<ChargeState> = new Set<ChargeState>([
  ...(['REGISTERED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW'] as const),
]);

const isAsking = ({ decision: { kind } }: Decided): boolean =>
  kind === 'ASK_CHARGE' || kind === 'ASK_REGISTRATION' || kind === 'LOOK_FOR_REFUND';

/** The events whose subjects are among the first to be asked about; the others wait their turn. */
const withinBounds = (decided: readonly Decided[]): Decided[] => {
  const asking = decided.filter(isAsking);
  const first = new Set(
    [...new Set(asking.map(({ subject }) => subjectIdOf(subject)))].slice(0, ASKED_MAX),
  );
  return asking.filter(({ subject }) => first.has(subjectIdOf(subject)));
};

const writeDecided = async (
  tx: Transaction,
  account: Account,
  {
    decided,
    asked,
    leaseSeconds,
  }: {
    readonly decided: readonly Decided[];
    readonly asked: readonly Decided[];
    readonly leaseSeconds: number;
  },
): Promise<void> => {
  const { merchantId, providerAccountId } = account;
  const isAsked = new Set(asked);
  const changes = decided.flatMap((one) =>
    isAsking(one) && !isAsked.has(one) ? [] : [decidedChange(one, tx.now, leaseSeconds)],
  );
  await writeEvents(tx, merchantId, changes);
  const operationIds = decided.flatMap(({ decision }) =>
    decision.kind === 'POLL_OPERATION' ? [decision.providerOperationId] : [],
  );
  if (operationIds.length > 0) {
    const at = await hastenPolls(tx, merchantId, [...new Set(operationIds)]);
    await hasten(tx, [{ providerAccountId, lane: 'POLL', at }]);
  }
  const refunded = refundedIdsToAsk(asked);
  if (refunded.length > 0) {
    await hastenRefundLooks(tx, merchantId, refunded);
    await hasten(tx, [{ providerAccountId, lane: 'REFUND', at: tx.now }]);
  }
};

const hastenAgain = async (
  tx: Transaction,
  { providerAccountId }: Account,
  changes: readonly EventChange[],
): Promise<void> => {
  const times = changes.flatMap(({ nextApplyAt: at }) => at ?? []);
  const [first] = times.toSorted((a, b) => a.getTime() - b.getTime());
  if (first) await hasten(tx, [{ providerAccountId, lane: 'APPLY', at: first }]);
};
