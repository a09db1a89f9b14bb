import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loopsOf } from '../../apps/worker/src/loops.factory.js';
import { WorkerModule } from '../../apps/worker/src/worker.module.js';
import type { Platform } from '#platform/nest';

/** A worker that is stepped: it does everything that is due now, and returns. */
export interface SteppedWorker {
  runUntilIdle(): Promise<void>;
  close(): Promise<void>;
}

/** A loop that finds work for so long gives its own work back to itself. */
const NEVER_IDLE_MS = 120_000;

/** The real worker without its ticks and notifications. */
export const startSteppedWorker = async (
  platform: Platform,
): Promise<SteppedWorker & { readonly app: INestApplicationContext }> => {
  const app = await NestFactory.createApplicationContext(WorkerModule.with(platform), {
    logger: ['fatal', 'error'],
  });
  const loops = loopsOf(app);
  return {
    app,
    runUntilIdle: async () => {
      const giveUpAt = performance.now() + NEVER_IDLE_MS;
      for (let isIdle = false; !isIdle;) {
        isIdle = true;
        for (const loop of loops)
          while (await loop.runOnce()) {
            isIdle = false;
            if (performance.now() > giveUpAt) throw new Error(`never idle: ${loop.name}`);
          }
      }
    },
    close: () => app.close(),
  };
};
