import { NestFactory } from '@nestjs/core';
import { endLeases } from '#charges';
import { findDueLanes } from '#merchants';
import { loadConfigOrExit } from '#platform/config';
import { Database } from '#platform/database';
import { createLogger, NestLogger } from '#platform/logging';
import { startMetrics } from '#platform/metrics';
import { reportReady, stopWhenAsked } from '#platform/process';

import { Loops } from './loops.js';
import { loopsOf } from './loops.factory.js';
import { WakeUpListener } from './wake-up.listener.js';
import { WorkerModule } from './worker.module.js';

const config = await loadConfigOrExit(process.env);
const logger = createLogger({ level: config.logLevel, name: 'worker' });
if (!config.databaseUrl) {
  process.stderr.write('DATABASE_URL: expected a value, or `npm start` running on this DATA_DIR\n');
  process.exit(1);
}
const stop = stopWhenAsked({
  drainSeconds: config.drainSeconds,
  log: (sentence, error) => logger.info({ err: error }, sentence),
});
const database = await Database.open({
  url: config.databaseUrl,
  applicationName: 'refrain-worker',
  poolSize: config.databasePoolSize,
});
await stop.thenClose(() => database.close());
const app = await NestFactory.createApplicationContext(
  WorkerModule.with({ config, database, logger }),
  { logger: new NestLogger(logger), abortOnError: false },
);
await stop.thenClose(() => app.close());
if (config.predecessorProvedDead) await endLeases(database);

const loops = new Loops(loopsOf(app), logger);
await stop.thenClose(() => loops.stop());
const listener = new WakeUpListener(config.databaseListenUrl ?? config.databaseUrl, logger);
await stop.thenClose(() => listener.close());
await listener.start((lane) => loops.wake(lane));
loops.wake();
loops.lookEvery(config.pollIntervalMs, () => findDueLanes(database));
if (config.serveMetrics) {
  const metrics = startMetrics({ host: config.host, port: config.metricsPort }, logger);
  await stop.thenClose(() => metrics.close());
}
logger.info('the worker is ready');
reportReady();
