import { after, machineTimeOf, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import { openAccount, releaseMissed, type ChargesDependencies, type ServedAccount } from '#charges';
import { serveNext } from '#merchants';

import { takeBackMissed } from './hard-key.contributor.js';
import { bringForth } from './occurrence.writer.js';
import { LEAD_SECONDS, materialiseAt } from './schedule.js';
import { stopSchedules } from './schedule.stopper.js';
import {
  lockSchedulesToCancel,
  lockSchedulesToMaterialise,
  nextCancelAt,
  nextPlannedDueAt,
} from './schedules.repository.js';

/** Brings occurrences forth at their own time less the lead, also when the one before is still open, ends schedules whose last period is over,
 * lets go what waits for an occurrence that is settled, and takes back what the provider keeps for a card that is dead: each minute's sweep has it
 * look. */
export class OccurrenceMaterialiser {
  constructor(private readonly dependencies: ChargesDependencies) {}

  /** Serves one account; answers whether any was due. */
  async runOnce(): Promise<boolean> {
    const { database, timing } = this.dependencies;
    const limit = timing.settleBatch;
    const served = await serveNext(database, 'MATERIALISE', async (tx, agenda) => {
      const account = await openAccount(tx, this.dependencies, agenda);
      const businessNow = account.businessNow();
      const schedules = await lockSchedulesToMaterialise(tx, {
        ...{ ...agenda, limit },
        dueBy: after(businessNow, LEAD_SECONDS),
      });
      await bringForth(tx, account, { schedules, cause: 'schedule: its time came near' });
      const ended = await lockSchedulesToCancel(tx, { ...agenda, limit, endedBy: businessNow });
      await stopSchedules(tx, account, {
        schedules: ended,
        ends: new Map(ended.map(({ id }) => [id, 'CANCEL_SCHEDULE'])),
        reason: 'the period that was paid for has ended',
        settler: this.dependencies.settler,
      });
      await releaseMissed(tx, account);
      await takeBackMissed(tx, account);
      return { result: schedules.length, nextDueAt: await this.nextDueAt(tx, account) };
    });
    return served !== undefined;
  }

  private async nextDueAt(
    tx: Transaction,
    { merchantId, providerAccountId, clockOffsetMs }: ServedAccount,
  ): Promise<MachineInstant | null> {
    const planned = await nextPlannedDueAt(tx, merchantId, providerAccountId);
    const canceled = await nextCancelAt(tx, merchantId, providerAccountId);
    const times = [planned && materialiseAt(planned), canceled].flatMap((at) => at ?? []);
    const [earliest] = times.toSorted((a, b) => a.getTime() - b.getTime());
    return earliest ? machineTimeOf(earliest, clockOffsetMs) : null;
  }
}
