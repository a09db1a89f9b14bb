import { createServer } from 'node:net';

/** A loopback port nobody listens on: the wanted one if it is free, else one the system picks. */
export const findFreePort = async (wanted: number): Promise<number> => {
  try {
    return await tryPort(wanted);
  } catch {
    return tryPort(0);
  }
};

const tryPort = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const taken = typeof address === 'object' && address ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
