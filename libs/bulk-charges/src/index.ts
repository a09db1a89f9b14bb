// Bulk charges: many charges under one external id, sent in provider operations where there are such, counted and followed to the end.
// It promises that each item is charged once, that an operation's bytes are stored before the call, and that counts add up at every look.
// It refuses to send by itself: items are charges, and go through the door.
export {
  isDecided,
  progressOf,
  totalOf,
  type BulkChargeView,
  type BulkCounts,
  type BulkStatus,
} from './bulk-charge.js';
export { BulkChargePoller } from './bulk-charge.poller.js';
export { BulkChargesModule } from './bulk-charges.module.js';
export type { CreateBulkCharge } from './bulk-charge.request.js';
export { BulkCharges, type BulkAnswer } from './bulk-charges.service.js';
export { INLINE_ITEMS_MAX, type BulkItem, type BulkRefusal } from './bulk-items.check.js';
