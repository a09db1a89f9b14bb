// Configuration: one schema for every environment variable, bound and time constant.
// Promises that what it hands out was checked once and is frozen; the papers come from the schema.
// Refuses to start on a wrong value, in one line that names the variable and shows no secret.
export { type Config, ConfigError, readConfig } from './config.js';
export { renderConfigTable, renderEnvExample } from './config-docs.js';
export {
  DATA_FILES,
  type FullConfig,
  keepDataFile,
  loadConfig,
  loadConfigOrExit,
  makeDataDir,
  readDataFile,
  removeDataFile,
  replaceDataFile,
} from './data-dir.js';
export { type EncryptionKey, parseEncryptionKeys } from './encryption-key.js';
