import type { FailureCode } from '#kernel';
import type { PolicyEnd } from '#dunning';
import type { BusinessInstant, MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';

import type { Charge } from './charge.js';
import type { ChargeState } from './charge-state.js';

/** A charge that is being settled, with what its claim loaded. */
export interface SettledCharge {
  /** As its claim found it. */
  readonly charge: Charge;
  readonly to: ChargeState;
  /** After it: of this failure, or of the last one before. */
  readonly failureCode: FailureCode | null;
  /** What its retry policy wants of its schedule, where it was given up. */
  readonly atEnd: PolicyEnd | null;
  readonly schedule: Readonly<Record<string, unknown>> | null;
  readonly businessNow: BusinessInstant;
  readonly now: MachineInstant;
  /** Business time minus machine time of the account, milliseconds. */
  readonly clockOffsetMs: number;
}

/** How what settles flows back up (the schedule goes on, the bulk counts): the upper library states its rows purely, and writes them in
 * the settling transaction. Never by polling each other, never after the commit. */
export interface Contributor<Row = unknown> {
  contribute(settled: SettledCharge): readonly Row[];
  /** At most one statement per table, for the whole batch. */
  write(tx: Transaction, merchantId: string, rows: readonly Row[]): Promise<void>;
}

/** Filled by the composing app before anything settles. */
export class Contributors {
  private readonly all: Contributor[] = [];

  register<Row>(contributor: Contributor<Row>): void {
    this.all.push(contributor as Contributor);
  }

  /** Computes every contribution now, and answers the function that writes those of the charges that were really settled. */
  prepare(
    settled: readonly SettledCharge[],
  ): (tx: Transaction, merchantId: string, applied: ReadonlySet<string>) => Promise<void> {
    const prepared = this.all.map((contributor) => ({
      contributor,
      contributions: settled.map((one) => ({
        chargeId: one.charge.id,
        rows: contributor.contribute(one),
      })),
    }));
    return async (tx, merchantId, applied) => {
      for (const { contributor, contributions } of prepared) {
        const rows = contributions.flatMap(({ chargeId, rows }) =>
          applied.has(chargeId) ? rows : [],
        );
        if (rows.length > 0) await contributor.write(tx, merchantId, rows);
      }
    };
  }
}
