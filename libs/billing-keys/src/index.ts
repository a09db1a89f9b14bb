// Billing keys: how a card becomes a token, by attaching, issuing, or the provider's own page, and how a token ends.
// It promises that a key is ACTIVE only on the provider's word, and stands once; card data passes through memory and nowhere else.
// It refuses to charge: a card is registered for zero, or by being read.
export type { KeyAnswer, KeyRefusal, KeyRefusalCode, RegistrationAnswer } from './answer.js';
export {
  BILLING_KEY_STATUSES,
  checkCustomerRef,
  type AttachBillingKey,
  type BillingKey,
  type BillingKeyStatus,
  type IssueBillingKey,
} from './billing-key.js';
export { BillingKeysModule } from './billing-keys.module.js';
export { findKeys, lockKey, type BillingKeyFilter } from './billing-keys.repository.js';
export { BillingKeys } from './billing-keys.service.js';
export {
  REGISTRATION_STATUSES,
  type CardRegistration,
  type RegistrationStatus,
  type StartCardRegistration,
} from './card-registration.js';
export { CardRegistrationResolver } from './card-registration.resolver.js';
export { findRegistrationsByPayment } from './card-registrations.repository.js';
export { CardRegistrations } from './card-registrations.service.js';
export {
  KeyDeletion,
  type DeleteBillingKey,
  type DeletionAnswer,
  type DeletionGuard,
} from './key-deletion.service.js';
