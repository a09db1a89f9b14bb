// Nexi Checkout behind the contract: hosted registration, single and bulk charges, refunds.
// It promises that a bulk item is told by its agreement, and that a 404 of a look-up is no proof.
// It refuses provider-side schedules and raw card data, which unscheduled subscriptions lack.
export { NexiProvider } from './nexi.provider.js';
