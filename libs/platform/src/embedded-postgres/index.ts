// Embedded PostgreSQL: the real server, from npm, for a machine that has none.
// Promises one durable cluster a data folder, found again after any crash, gone after `stop`.
// Refuses to open people's folders, to listen beyond loopback, to begin anew where data is missing.
export {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from './embedded-postgres.js';
export { createTestCluster, type TestCluster } from './test-cluster.js';
