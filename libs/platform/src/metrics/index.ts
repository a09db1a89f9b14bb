// Prometheus metrics of a process, on a port of their own.
// It promises few labels: routes and classes, never ids or addresses.
// It refuses to be where the API is, and to cost the process anything when its port is taken.
export { startMetrics } from './metrics.server.js';
