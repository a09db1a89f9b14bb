import { loadConfigOrExit } from '#platform/config';
import { Database } from '#platform/database';
import { createLogger } from '#platform/logging';
import { startMetrics } from '#platform/metrics';
import { reportReady, stopWhenAsked } from '#platform/process';
import { startApi } from './api.js';
import { gaugeSight } from './metrics/sight.gauges.js';

const config = await loadConfigOrExit(process.env);
const logger = createLogger({ level: config.logLevel, name: 'api' });
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
  applicationName: 'refrain-api',
  poolSize: config.databasePoolSize,
  waitMs: config.databaseWaitMs,
});
await stop.thenClose(() => database.close());
const api = await startApi({ config, database, logger }, config);
await stop.thenClose(() => api.close());
if (config.serveMetrics) {
  gaugeSight(database, logger);
  const metrics = startMetrics({ host: config.host, port: config.metricsPort }, logger);
  await stop.thenClose(() => metrics.close());
}
logger.info({ url: api.url }, 'the API is ready');
reportReady();
