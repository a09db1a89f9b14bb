import { setTimeout as rest } from 'node:timers/promises';

import pLimit from 'p-limit';

/** Answers that come within this of each other are settled together: few commits when they come fast, no waiting when they come slowly. */
const LINGER_MS = 15;

/** Makes calls, so many at once, and settles their answers in groups as they come: one slow call keeps no other's answer waiting, and a crash
 * loses only the answers of the last moments. A call that answers nothing was not made. The first group that could not be settled is
 * told at the end; the others are settled all the same. */
export const settleAsAnswered = async <Call, Answer>(
  calls: readonly Call[],
  {
    concurrency,
    groupMax,
    make,
    settle,
  }: {
    readonly concurrency: number;
    readonly groupMax: number;
    readonly make: (call: Call) => Promise<Answer | undefined>;
    readonly settle: (group: readonly Answer[]) => Promise<void>;
  },
): Promise<void> => {
  const limit = pLimit(concurrency);
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
        const answer = await make(call);
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
