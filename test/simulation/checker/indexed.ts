import type {
  AttemptRow,
  ChargeRow,
  Evidence,
  LedgerLine,
  ProviderCall,
  Row,
  TransitionRow,
} from './evidence.js';

export const groupBy = <T, K>(list: readonly T[], keyOf: (one: T) => K): Map<K, T[]> => {
  const groups = new Map<K, T[]>();
  for (const one of list) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return groups;
};

/** One charge with all that anybody says of it. */
export interface Story {
  readonly charge: ChargeRow;
  readonly attempts: readonly AttemptRow[];
  readonly transitions: readonly TransitionRow[];
  readonly incidents: readonly Row[];
  readonly refunds: readonly Row[];
  readonly captures: readonly LedgerLine[];
  readonly paidBack: readonly LedgerLine[];
  /** Calls that ask the provider to charge, in the order of their arrival. */
  readonly sends: readonly ProviderCall[];
}

export interface Indexed extends Evidence {
  readonly stories: readonly Story[];
  readonly storyByOrder: ReadonlyMap<string, Story>;
  readonly sends: readonly ProviderCall[];
  readonly bulkSends: readonly ProviderCall[];
}

/** What is wrong, each in a sentence that names who it is about. */
export type Check = (evidence: Indexed) => readonly string[];

const SINGLE_SEND =
  /\/subscribe\/payments\/again$|\/unscheduledsubscriptions\/(?!charges)[^/]+\/charges$/;
const BULK_SEND = /\/unscheduledsubscriptions\/charges$/;
const isSend = (pattern: RegExp) => (call: ProviderCall) =>
  call.method === 'POST' && pattern.test(call.path);

export const index = (evidence: Evidence): Indexed => {
  const sends = evidence.calls.filter(isSend(SINGLE_SEND));
  const attempts = groupBy(evidence.attempts, ({ charge_id }) => charge_id);
  const transitions = groupBy(evidence.transitions, ({ charge_id }) => charge_id);
  const incidents = groupBy(evidence.incidents, (row) => row['charge_id'] as string);
  const refunds = groupBy(evidence.refunds, (row) => row['charge_id'] as string);
  const ledger = groupBy(evidence.ledger, ({ orderReference }) => orderReference);
  const sendsByReference = groupBy(sends, ({ reference }) => reference ?? '');
  const stories = evidence.charges.map((charge): Story => {
    const own = attempts.get(charge.id) ?? [];
    const lines = ledger.get(charge.order_id) ?? [];
    const references = new Set(own.map((attempt) => attempt.provider_reference));
    return {
      charge,
      attempts: own,
      transitions: transitions.get(charge.id) ?? [],
      incidents: incidents.get(charge.id) ?? [],
      refunds: refunds.get(charge.id) ?? [],
      captures: lines.filter(({ kind }) => kind === 'CAPTURE'),
      paidBack: lines.filter(({ kind }) => kind === 'REFUND'),
      sends: [...references]
        .flatMap((reference) => sendsByReference.get(reference) ?? [])
        .sort((a, b) => (a.time < b.time ? -1 : 1)),
    };
  });
  return {
    ...{ ...evidence, stories, sends },
    storyByOrder: new Map(stories.map((story) => [story.charge.order_id, story])),
    bulkSends: evidence.calls.filter(isSend(BULK_SEND)),
  };
};
