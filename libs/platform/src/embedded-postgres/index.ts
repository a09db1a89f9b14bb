/**
 * Embedded PostgreSQL: the real server, from npm, for a machine that has none.
 * Promises one durable cluster a data folder, found again after any crash, and gone when `stop` returns.
 * Refuses to open anybody's folders, to listen beyond loopback, and to begin anew where a database is missing.
 */
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.js';
export { createTestCluster, type TestCluster } from './test-cluster.js';
