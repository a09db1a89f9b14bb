import type { FastifyInstance } from 'fastify';
import { Histogram } from 'prom-client';

/** Routes, not addresses: a webhook's token must not become a label, and labels must stay few. */
const requestSeconds = new Histogram({
  name: 'refrain_http_request_seconds',
  help: 'How long HTTP requests took, by route, method and status.',
  labelNames: ['route', 'method', 'status'] as const,
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
});

export const observeRequests = (http: Pick<FastifyInstance, 'addHook'>): void => {
  http.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'unknown';
    requestSeconds.observe(
      { route, method: request.method, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    );
  });
};
