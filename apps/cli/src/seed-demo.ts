import { join } from 'node:path';
import {
  createMerchants,
  newDemoApiKey,
  parseDemoApiKey,
  provideDemo,
  type DemoMerchant,
} from '#merchants';
import {
  ConfigError,
  DATA_FILES,
  keepDataFile,
  readDataFile,
  type FullConfig,
} from '#platform/config';
import type { Database } from '#platform/database';

/** The key to give `demo`: the environment's, else the one in DATA_DIR, else a new one that stays there. Throws ConfigError. */
export const chooseDemoApiKey = async (
  config: Pick<FullConfig, 'dataDir' | 'demoApiKey'>,
): Promise<string> => {
  const { dataDir, demoApiKey } = config;
  const kept =
    demoApiKey ??
    (await readDataFile(dataDir, DATA_FILES.demoApiKey)) ??
    (await keepDataFile(dataDir, DATA_FILES.demoApiKey, newDemoApiKey()));
  if (parseDemoApiKey(kept)) return kept;
  const file = join(dataDir, DATA_FILES.demoApiKey);
  throw new ConfigError(
    demoApiKey
      ? `DEMO_API_KEY: expected an API key of the merchant demo; to make one, start once without it and take the key from ${file}`
      : `${file} is damaged; take it away, and the next start makes a new key`,
  );
};

/** Embedded mode: the merchant `demo`, its key and its two sandbox accounts. Answers the key. Safe to run at each start. */
export const seedDemo = async (
  database: Database,
  config: FullConfig,
): Promise<DemoMerchant & { readonly apiKey: string }> => {
  const apiKey = await chooseDemoApiKey(config);
  const demo = await provideDemo(createMerchants(database, config), {
    apiKey,
    sandboxUrl: config.sandboxUrl,
  });
  return { ...demo, apiKey };
};
