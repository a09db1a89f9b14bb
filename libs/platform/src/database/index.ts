// PostgreSQL, the only store and the only coordinator: short transactions, each in the context of one merchant.
// It promises that no row of another merchant is ever seen or written, and that the time comes from the database.
// It refuses work outside a transaction, and knows no word of payments.
export { Database, type DatabaseOptions, type Transaction } from './database.js';
export { isDatabaseAway } from './database-fault.js';
export { exactSum } from './sum.js';
export { storableJson, storableText } from './storable.js';
export { migrate, MIGRATIONS, pendingMigrations } from './migrations.js';
