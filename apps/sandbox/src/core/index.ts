// What both provider halves stand on: state and its journal, the ledger, clocks, webhooks, faults, switches.
// It promises that what was answered survives a kill, and that a fate depends on seed, reference and count alone.
// It refuses to know a provider's paths or bodies.
export { type Account, Accounts } from './accounts.js';
export { type MagicCard } from './cards.js';
export { type Clock, type ClockTask } from './clock.js';
export {
  openCore,
  type PickNewest,
  type ProviderHalf,
  type SandboxConfig,
  type SandboxCore,
} from './core.js';
export { registerControl } from './control.routes.js';
export { addProviderHooks, providerOf } from './fault.hooks.js';
export { type Faults, type Occasion, type Strike } from './faults.js';
export { instantOf } from './instant.js';
export { type Ledger, type LedgerEntry, type Provider } from './ledger.js';
export { type Collection, type Store } from './store.js';
export { type Switches } from './switches.js';
export { type WebhookOrder, type WebhookSender } from './webhooks.js';
