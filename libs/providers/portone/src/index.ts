// PortOne V1 behind the provider contract: keys, charges, schedules held by the provider, refunds, webhooks.
// It promises that only a payment which matches the frozen request in reference, key, amount and currency is a success.
// It refuses bulk charges and hosted registration, which PortOne V1 does not have.
export { PortoneProvider } from './portone.provider.js';
