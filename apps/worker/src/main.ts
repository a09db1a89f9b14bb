import { NestFactory } from '@nestjs/core';
import { endLeases } from '#charges';
import { loadConfigOrExit } from '#platform/config';
import { Database } from '#platform/database';
import { createLogger, NestLogger } from '#platform/logging';
import { reportReady, stopWhenAsked } from '#platform/process';

import { Loops } from './loops.js';
import { loopsOf } from './loops.factory.js';
import { Ticker } from './ticker.js';
import { WakeUpListener } from './wake-up.listener.js';
import { WorkerModule } from './worker.module.js';

const config = await loadConfigOrExit(process.env);
const logger = createLogger({ level: config.logLevel, name: 'worker' });
if (!config.databaseUrl) {
  process.stderr.write('DATABASE_URL: expected a value, or `npm start` running on this DATA_DIR\n');
  process.exit(1);
}
const database = await Database.open({
  url: config.databaseUrl,
  applicationName: 'refrain-worker',
  poolSize: config.databasePoolSize,
});
const app = await NestFactory.createApplicationContext(
  WorkerModule.with({ config, database, logger }),
  { logger: new NestLogger(logger), abortOnError: false },
);
if (config.predecessorProvedDead) await endLeases(database);

const loops = new Loops(loopsOf(app), logger);
const listener = new WakeUpListener(config.databaseListenUrl ?? config.databaseUrl, logger);
app.get(Ticker).drive(loops);
await listener.start((lane) => loops.wake(lane));
loops.wake();
logger.info('the worker is ready');

stopWhenAsked({
  drain: async () => {
    await listener.close();
    await loops.stop();
    await app.close();
    await database.close();
  },
  drainSeconds: config.drainSeconds,
  log: (sentence, error) => logger.info({ err: error }, sentence),
});
reportReady();
