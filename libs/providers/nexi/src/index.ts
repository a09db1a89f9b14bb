// Nexi Checkout behind the provider contract: hosted card registration, single and bulk charges, refunds, webhooks.
// It promises that a bulk item is told by its agreement, never by its place, and that 404 on a look-up is not taken as proof.
// It refuses schedules held by the provider and raw card data, which unscheduled subscriptions do not have.
export { NexiProvider } from './nexi.provider.js';
