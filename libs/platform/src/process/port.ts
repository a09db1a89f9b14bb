import { createServer } from 'node:net';

/**
 * Nobody listens there. Somebody may a moment later: a courtesy that names the port before a child
 * stumbles over it.
 */
export const isPortFree = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
