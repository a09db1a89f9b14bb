import { after, type BusinessInstant, type MachineInstant } from '#platform/clock';
import type { Database, Transaction } from '#platform/database';

import { afterlookOf, type Looking } from './afterlook.js';
import { Contributors, type SettledCharge } from './contribution.js';
import { mayTransition } from './charge-state.js';
import { codeOf, isPassing, throughTrouble } from './passing-trouble.js';
import { QUARANTINE_SECONDS } from './quarantine.js';
import { recordObservations, writeSettlements } from './settle.repository.js';
import { moved, type Settlement } from './settlement.js';

export type Settling = Looking;

export interface SettleBatch {
  readonly merchantId: string;
  readonly leaseToken: string;
  readonly clockOffsetMs: number;
  readonly now: MachineInstant;
  readonly businessNow: BusinessInstant;
  readonly settlings: readonly Settling[];
}

/** Writes outcomes: contributions first, then one transaction for the batch. */
export class Settler {
  constructor(
    private readonly database: Database,
    private readonly contributors: Contributors,
    private readonly afterlooksSeconds: readonly number[],
  ) {}

  /** A batch that cannot be written is halved until the bad row stands alone: it is kept as an observation and quarantined, the others are
   * settled. It may be the database that refuses it, or code of ours that trips over it. A lost connection is no bad row: the lease runs out,
   * and the resolver asks. */
  async settle(batch: SettleBatch): Promise<void> {
    const { settlings } = batch;
    if (settlings.length === 0) return;
    try {
      await this.writeWithRetries(batch);
    } catch (error) {
      if (isPassing(error)) throw error;
      const [only, ...more] = settlings;
      if (only && more.length === 0) return this.quarantine(batch, only, error);
      const half = Math.ceil(settlings.length / 2);
      try {
        await this.settle({ ...batch, settlings: settlings.slice(0, half) });
      } finally {
        await this.settle({ ...batch, settlings: settlings.slice(half) });
      }
    }
  }

  /** Fenced, so that a commit whose word was lost changes nothing the second time. */
  private writeWithRetries(batch: SettleBatch): Promise<void> {
    return throughTrouble(async () => {
      await this.database.withMerchant(batch.merchantId, (tx) => this.write(tx, batch));
    });
  }

  /** The same inside a transaction that is already open (a refusal while claiming). */
  async write(
    tx: Transaction,
    batch: SettleBatch,
    contributors: Contributors = this.contributors,
  ): Promise<void> {
    // In id order, so that two settlers never wait for each other in a ring.
    const ordered = [...batch.settlings].sort((a, b) =>
      a.settlement.charge.id < b.settlement.charge.id ? -1 : 1,
    );
    const afterlooks = new Map(
      ordered.flatMap((settling) => {
        const { afterlooksSeconds } = this;
        const afterlook = afterlookOf(settling, { now: batch.now, afterlooksSeconds });
        return afterlook ? [[settling.settlement.charge.id, afterlook]] : [];
      }),
    );
    const writeContributions = contributors.prepare(settledOf({ ...batch, settlings: ordered }));
    await writeSettlements(
      tx,
      ordered.map(({ settlement }) => settlement),
      {
        ...batch,
        afterlooks,
        contribute: (inside, applied) => writeContributions(inside, batch.merchantId, applied),
      },
    );
  }

  /** Only what flows back up, for a change of state that another statement writes in this transaction. */
  async contribute(tx: Transaction, batch: SettleBatch): Promise<void> {
    const ids = new Set(batch.settlings.map(({ loaded }) => loaded.charge.id));
    await this.contributors.prepare(settledOf(batch))(tx, batch.merchantId, ids);
  }

  /** The row rests under an incident and is looked at seldom, so that a person sees it and nothing spins on it. What it said is kept if it
   * can be; and where no contribution can be made of it, it rests without any. */
  private async quarantine(batch: SettleBatch, bad: Settling, error: unknown): Promise<void> {
    const { merchantId, leaseToken, now, businessNow } = batch;
    const { charge } = bad.settlement;
    const code = codeOf(error);
    const to = charge.state === 'SUBMITTING' ? 'UNKNOWN' : 'NEEDS_REVIEW';
    const settlement: Settlement = {
      ...moved({ charge }, to, 'quarantined: its outcome could not be written'),
      to: mayTransition(charge.state, to) ? to : null,
      nextLookAt: after(now, QUARANTINE_SECONDS),
      incidents: [{ kind: 'QUARANTINED', detail: { code, leaseToken, businessNow } }],
    };
    const resting = { ...batch, settlings: [{ loaded: bad.loaded, settlement }] };
    const rest = (contributors?: Contributors) =>
      this.database.withMerchant(merchantId, (tx) => this.write(tx, resting, contributors));
    await rest().catch((again: unknown) => {
      if (isPassing(again)) throw again;
      return rest(new Contributors());
    });
    const note = `could not be settled: ${code}`;
    await this.database.withMerchant(merchantId, (tx) =>
      recordObservations(tx, [bad.settlement], { merchantId, note }),
    );
  }
}

const settledOf = ({ settlings, ...batch }: SettleBatch): SettledCharge[] =>
  settlings.flatMap(({ settlement: { to, failure, retry }, loaded: { charge, schedule } }) =>
    to
      ? [
          {
            ...{ charge, to, schedule, atEnd: retry?.atEnd ?? null },
            failureCode: failure?.failureCode ?? charge.failureCode,
            businessNow: batch.businessNow,
            now: batch.now,
            clockOffsetMs: batch.clockOffsetMs,
          },
        ]
      : [],
  );
