// PortOne V1 behind the contract: keys, charges, schedules held by the provider, refunds, webhooks.
// It promises SUCCEEDED only for a payment that matches the frozen request in everything.
// It refuses bulk charges and hosted registration, which PortOne V1 does not have.
export { PortoneProvider } from './portone.provider.js';
