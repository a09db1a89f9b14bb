// Merchants: the tenants, their API keys, their accounts at providers with what is secret in them, and the agendas of these accounts.
// It promises that a caller is known only by their key, that secrets are opened in one place, and that no merchant meets another.
// It refuses to speak to providers.
export {
  createAgendas,
  hasten,
  findDueLanes,
  hastenAll,
  LANES,
  merchantsWithAccounts,
  readLateness,
  serveNext,
  wake,
  WAKE_CHANNEL,
  type Agenda,
  type Lane,
  type Served,
} from './agenda.repository.js';
export { formatApiKey, newApiKey, parseApiKey, type ApiKeyParts } from './api-key.js';
export type { ApiKey } from './api-keys.repository.js';
export {
  ApiKeys,
  IDEMPOTENCY_KEY_MAX,
  type ApiKeyCreation,
  type ApiKeyRefusalCode,
  type CreateApiKey,
  type Viewer,
} from './api-keys.service.js';
export {
  DEMO_MERCHANT_ID,
  newDemoApiKey,
  parseDemoApiKey,
  provideDemo,
  type DemoMerchant,
} from './demo.js';
export { createMerchants, type Merchants } from './merchants.js';
export { MerchantsModule } from './merchants.module.js';
export {
  ACCOUNT_MODES,
  BULK_OPERATION_SIZE,
  CLOCK_MODES,
  CREDENTIAL_NAMES,
  DUPLICATE_CAPTURE_POLICIES,
  PROVIDER_NAMES,
  REPLAY_SETTINGS,
  type AccountMode,
  type AccountSettings,
  type ClockMode,
  type ConnectProviderAccount,
  type DuplicateCapturePolicy,
  type ProviderAccount,
  type ReplaySetting,
} from './provider-account.js';
export {
  ProviderAccounts,
  type AccountUpdate,
  type Connection,
  type ConnectRefusalCode,
  type OpenedAccount,
  type UpdateRefusalCode,
} from './provider-accounts.service.js';
export { PROVIDERS, type Providers } from './providers.js';
export { Provisioning, type Merchant } from './provisioning.js';
export { refusal, type Refusal } from './refusal.js';
export { ANY_HOST, mayReturnTo } from './return-host.js';
export { isScope, SCOPES, type Scope } from './scope.js';
export { refill, secondsToNextToken, type TokenBucket } from './token-bucket.js';
