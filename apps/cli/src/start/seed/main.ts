import { ConfigError, loadConfigOrExit } from '#platform/config';
import { Database } from '#platform/database';
import { seedDemo } from '../../seed-demo.js';

/** Provides the demo merchant and ends: the step of `npm start` between the sandbox and the API. */
const seed = async () => {
  const config = await loadConfigOrExit(process.env);
  if (!config.databaseUrl) throw new ConfigError('DATABASE_URL: expected a value');
  const database = await Database.open({
    url: config.databaseUrl,
    applicationName: 'refrain-seed',
    // One thing after another.
    poolSize: 2,
  });
  try {
    await seedDemo(database, config);
  } finally {
    await database.close();
  }
};

try {
  await seed();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
