/** What is kept of a provider's webhook: ids, states and amounts. Everything else (the person's name, address, card) is dropped unseen. */
export const KEPT_OF_PORTONE: ReadonlySet<string> = new Set([
  'imp_uid',
  'merchant_uid',
  'status',
  'cancellation_id',
]);

export const KEPT_OF_NEXI: ReadonlySet<string> = new Set([
  ...['id', 'merchantId', 'merchantNumber', 'timestamp', 'event', 'data'],
  ...['paymentId', 'chargeId', 'refundId', 'reserveId', 'reservationId', 'cancelId'],
  ...['subscriptionId', 'myReference', 'reconciliationReference', 'order', 'reference'],
  ...['amount', 'currency', 'paymentMethod', 'paymentType'],
  ...['error', 'code', 'message', 'source'],
]);
