import { setTimeout as rest } from 'node:timers/promises';

import type { LimitFunction } from 'p-limit';

/** Answers that come within this of each other are settled together: few commits when they come fast, no waiting when they come slowly. */
const LINGER_MS = 50;

/** Makes calls, so many at once, and settles their answers in groups as they come: one slow call keeps no other's answer waiting, and a crash
 * loses only the answers of the last moments. A call that answers nothing was not made. The first call or group that
 * failed is told at the end; the others are settled all the same. */
export const settleAsAnswered = async <Call, Answer>(
  calls: readonly Call[],
  {
    limit,
    groupMax,
    make,
    settle,
  }: {
    /** May be shared with others. */
    readonly limit: LimitFunction;
    readonly groupMax: number;
    readonly make: (call: Call) => Promise<Answer | undefined>;
    readonly settle: (group: readonly Answer[]) => Promise<void>;
  },
): Promise<void> => {
  const waiting: Answer[] = [];
  const failures: unknown[] = [];
  let open = calls.length;
  let flushing: Promise<void> | undefined;

  const flush = async (): Promise<void> => {
    if (open > 0) await rest(LINGER_MS);
    while (waiting.length > 0)
      await settle(waiting.splice(0, groupMax)).catch((error: unknown) => failures.push(error));
    flushing = undefined;
  };
  await Promise.all(
    calls.map((call) =>
      limit(async () => {
        const answer = await make(call).catch((error: unknown) => void failures.push(error));
        open -= 1;
        if (answer === undefined) return;
        waiting.push(answer);
        flushing ??= flush();
      }),
    ),
  );
  while (flushing) await flushing;
  if (failures.length > 0) throw failures[0];
};
