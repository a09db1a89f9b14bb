import type { INestApplicationContext } from '@nestjs/common';
import { BulkChargePoller } from '#bulk-charges';
import { AttemptResolver, DueChargeDispatcher, RefundSender } from '#charges';

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
    loop('DISPATCH', app.get(DueChargeDispatcher), 4),
    loop('RESOLVE', app.get(AttemptResolver), 4),
    loop('POLL', app.get(BulkChargePoller), 4),
    loop('REFUND', app.get(RefundSender), 2),
  ];
};
