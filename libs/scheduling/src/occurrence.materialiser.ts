import { after, machineTimeOf } from '#platform/clock';
import { openAccount, type ChargesDependencies } from '#charges';
import { serveNext } from '#merchants';

import { bringForth } from './occurrence.writer.js';
import { LEAD_SECONDS, materialiseAt } from './schedule.js';
import { lockSchedulesToMaterialise, nextPlannedDueAt } from './schedules.repository.js';

/** Brings occurrences forth at their own time less the lead, also when the one before is still open. */
export class OccurrenceMaterialiser {
  constructor(private readonly dependencies: ChargesDependencies) {}

  /** Serves one account; answers whether any was due. */
  async runOnce(): Promise<boolean> {
    const { database, timing } = this.dependencies;
    const served = await serveNext(database, 'MATERIALISE', async (tx, agenda) => {
      const account = await openAccount(tx, this.dependencies, agenda);
      const schedules = await lockSchedulesToMaterialise(tx, {
        ...agenda,
        dueBy: after(account.businessNow(), LEAD_SECONDS),
        limit: timing.settleBatch,
      });
      await bringForth(tx, account, { schedules, cause: 'schedule: its time came near' });
      const next = await nextPlannedDueAt(tx, agenda.merchantId, agenda.providerAccountId);
      return {
        result: schedules.length,
        nextDueAt: next && machineTimeOf(materialiseAt(next), account.clockOffsetMs),
      };
    });
    return served !== undefined;
  }
}
