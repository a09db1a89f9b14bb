// GraphQL over HTTP for any schema: limits, scopes, errors, pages, nodes, loaders.
// It promises that nothing runs before its caller's scopes and its size are checked, and that no fault of ours tells how we are built.
// It refuses to know a word of payments: types and resolvers live in apps/api.
export { complexityPlugin } from './complexity.plugin.js';
export {
  ConnectionArgs,
  connectionOf,
  PageInfo,
  presentConnection,
  readPage,
  type Connection,
  type ConnectionParts,
  type Edge,
} from './connection.js';
export { DateTime } from './date-time.scalar.js';
export { formatErrors, type ReportedFault } from './error.format.js';
export { Loaders, type BatchLoad } from './loaders.js';
export { Node, NodeRegistry, type NodeSource } from './node.js';
export { graphqlOptions, type GraphqlOptions } from './options.js';
export { QUERY_LIMITS, queryShapeRule } from './query-shape.rules.js';
export {
  ANY_CALLER,
  findUnscopedFields,
  requiredScopeOf,
  requiredScopesOf,
  requireScope,
  scopePlugin,
} from './required-scope.js';
