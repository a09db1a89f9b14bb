import { loadConfigOrExit } from '#platform/config';
import { migrate } from '#platform/database';

const config = await loadConfigOrExit(process.env);
if (!config.databaseUrl) {
  process.stderr.write('DATABASE_URL: expected a value, or `npm start` running on this DATA_DIR\n');
  process.exit(1);
}
for (const name of await migrate(config.databaseUrl)) process.stdout.write(`migrated: ${name}\n`);
