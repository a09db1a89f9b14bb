/**
 * Configuration: one schema for every environment variable, bound and time constant.
 * Promises that what it hands out was checked once, is frozen, and that the papers are printed from the same schema.
 * Refuses to start on a wrong value, with one line that names the variable and never shows a secret.
 */
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
