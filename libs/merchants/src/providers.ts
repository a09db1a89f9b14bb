import type { Provider, ProviderName } from '#providers/contract';

/** The adapters of this process, by the provider an account names. An app binds them: no library knows an adapter. */
export type Providers = ReadonlyMap<ProviderName, Provider>;
export const PROVIDERS = Symbol('PROVIDERS');
