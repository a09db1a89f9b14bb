import type { BusinessInstant, MachineInstant } from '#platform/clock';
import type { Database, Transaction } from '#platform/database';

import type { Loaded } from './claim.repository.js';
import type { Contributors, SettledCharge } from './contribution.js';
import { openIncidents, recordObservations, writeSettlements } from './settle.repository.js';
import type { Settlement } from './settlement.js';

export interface Settling {
  readonly settlement: Settlement;
  readonly loaded: Loaded;
}

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
  ) {}

  /** A batch that the database refuses is halved until the bad row stands alone: it is kept as an observation and quarantined, the others
   * are settled. A lost connection is no bad row: the lease runs out, and the resolver asks. */
  async settle(batch: SettleBatch): Promise<void> {
    const { settlings } = batch;
    if (settlings.length === 0) return;
    try {
      await this.database.withMerchant(batch.merchantId, (tx) => this.write(tx, batch));
    } catch (error) {
      if (!isFaultOfRows(error)) throw error;
      if (settlings.length === 1) return this.quarantine(batch, error);
      const half = Math.ceil(settlings.length / 2);
      await this.settle({ ...batch, settlings: settlings.slice(0, half) });
      await this.settle({ ...batch, settlings: settlings.slice(half) });
    }
  }

  /** The same inside a transaction that is already open (a refusal while claiming). */
  async write(tx: Transaction, batch: SettleBatch): Promise<void> {
    // In id order, so that two settlers never wait for each other in a ring.
    const ordered = [...batch.settlings].sort((a, b) =>
      a.settlement.charge.id < b.settlement.charge.id ? -1 : 1,
    );
    const writeContributions = this.contributors.prepare(
      settledOf({ ...batch, settlings: ordered }),
    );
    await writeSettlements(
      tx,
      ordered.map(({ settlement }) => settlement),
      {
        ...batch,
        contribute: (inside, applied) => writeContributions(inside, batch.merchantId, applied),
      },
    );
  }

  /** Only what flows back up, for a change of state that another statement writes in this transaction. */
  async contribute(tx: Transaction, batch: SettleBatch): Promise<void> {
    const ids = new Set(batch.settlings.map(({ loaded }) => loaded.charge.id));
    await this.contributors.prepare(settledOf(batch))(tx, batch.merchantId, ids);
  }

  private async quarantine(batch: SettleBatch, error: Error): Promise<void> {
    const settlements = batch.settlings.map(({ settlement }) => settlement);
    await this.database.withMerchant(batch.merchantId, async (tx) => {
      await recordObservations(tx, settlements, {
        merchantId: batch.merchantId,
        note: `could not be settled: ${error.message}`,
      });
      await openIncidents(
        tx,
        settlements.map(({ charge }) => ({
          charge,
          incidents: [{ kind: 'QUARANTINED', detail: { error: error.message } }],
        })),
        batch,
      );
    });
  }
}

const settledOf = ({ settlings, ...batch }: SettleBatch): SettledCharge[] =>
  settlings.flatMap(({ settlement: { to, failure }, loaded: { charge, schedule } }) =>
    to
      ? [
          {
            ...{ charge, to, schedule },
            failureCode: failure?.failureCode ?? charge.failureCode,
            businessNow: batch.businessNow,
            now: batch.now,
            clockOffsetMs: batch.clockOffsetMs,
          },
        ]
      : [],
  );

/** The database refused what stands in a row (a constraint, a value), and the same rows would be refused again. */
const isFaultOfRows = (error: unknown): error is Error & { code: string } =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  /^(22|23|P0)/.test(error.code);
