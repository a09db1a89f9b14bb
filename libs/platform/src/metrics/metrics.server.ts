import { createServer, type Server } from 'node:http';
import type { Logger } from '#platform/logging';
import { collectDefaultMetrics, register } from 'prom-client';

/** `GET /metrics` on a port of its own, so that it is never open where the API is. A taken port costs the metrics, not the API. */
export const startMetrics = (
  at: { readonly host: string; readonly port: number },
  logger: Logger,
): Server => {
  collectDefaultMetrics();
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url !== '/metrics') {
      response.writeHead(404).end();
      return;
    }
    register.metrics().then(
      (text) => response.writeHead(200, { 'content-type': register.contentType }).end(text),
      (error: unknown) => {
        logger.error({ err: error }, 'metrics could not be read');
        response.writeHead(500).end();
      },
    );
  });
  server.on('error', (error) => logger.warn({ err: error }, 'no metrics are served'));
  return server.listen(at.port, at.host);
};
