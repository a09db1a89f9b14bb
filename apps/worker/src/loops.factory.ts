import type { INestApplicationContext } from '@nestjs/common';
import { CardRegistrationResolver } from '#billing-keys';
import { BulkChargePoller } from '#bulk-charges';
import { AttemptResolver, DueChargeDispatcher, Reconciler, RefundSender } from '#charges';
import { OccurrenceMaterialiser, ScheduleRegistrar, TestClockAdvancer } from '#scheduling';
import { WebhookApplier } from '#webhooks';

import type { Loop } from './loops.js';

/** Every loop by the lane it serves, and how many of it one process runs at once. */
export const loopsOf = (app: INestApplicationContext): Loop[] => {
  const loop = (
    name: string,
    agent: { runOnce(): Promise<boolean> },
    concurrency: number,
  ): Loop => ({
    name,
    runOnce: () => agent.runOnce(),
    concurrency,
  });
  return [
    // A loop that sends only waits: as many as accounts may be slow at once.
    loop('DISPATCH', app.get(DueChargeDispatcher), 64),
    loop('REGISTER', app.get(ScheduleRegistrar), 2),
    loop('RESOLVE', app.get(AttemptResolver), 4),
    loop('MATERIALISE', app.get(OccurrenceMaterialiser), 2),
    loop('POLL', app.get(BulkChargePoller), 4),
    loop('APPLY', app.get(WebhookApplier), 4),
    loop('SETTLE_KEYS', app.get(CardRegistrationResolver), 2),
    loop('REFUND', app.get(RefundSender), 2),
    loop('RECONCILE', app.get(Reconciler), 1),
    loop('CLOCK', app.get(TestClockAdvancer), 2),
  ];
};
