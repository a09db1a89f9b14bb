import { loadConfigOrExit } from '#platform/config';
import { Database } from '#platform/database';
import { createLogger } from '#platform/logging';
import { reportReady, stopWhenAsked } from '#platform/process';
import { startApi } from './api.js';
import { startMetrics } from './metrics/metrics.server.js';

const config = await loadConfigOrExit(process.env);
const logger = createLogger({ level: config.logLevel, name: 'api' });
if (!config.databaseUrl) {
  process.stderr.write('DATABASE_URL: expected a value, or `npm start` running on this DATA_DIR\n');
  process.exit(1);
}
const database = await Database.open({
  url: config.databaseUrl,
  applicationName: 'refrain-api',
  poolSize: config.databasePoolSize,
});
const api = await startApi({ config, database, logger }, config);
const metrics = startMetrics({ host: config.host, port: config.metricsPort }, logger);
logger.info({ url: api.url }, 'the API is ready');

stopWhenAsked({
  drain: async () => {
    metrics.close();
    await api.close();
    await database.close();
  },
  drainSeconds: config.drainSeconds,
  log: (sentence, error) => logger.info({ err: error }, sentence),
});
reportReady();
