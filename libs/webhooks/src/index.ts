// Webhooks: the inbox. What a provider sends is stored, told apart, and applied by asking the provider.
// It promises that an event is committed before it is answered, and changes nothing that the provider's own record does not show.
// It refuses to believe a word of what it is told.
export { Inbox, type Delivery, type Reception } from './inbox.service.js';
export {
  WEBHOOK_EVENT_STATUSES,
  type WebhookEvent,
  type WebhookEventStatus,
} from './webhook-event.js';
export type { WebhookEventFilter } from './webhook-events.repository.js';
export { WebhookEvents } from './webhook-events.service.js';
export { WebhookApplier } from './webhook.applier.js';
export { WebhooksModule } from './webhooks.module.js';
