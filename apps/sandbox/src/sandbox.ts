import fastify, { type FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import {
  addProviderHooks,
  openCore,
  providerOf,
  registerControl,
  type SandboxCore,
} from './core/index.js';
import { registerNexi } from './nexi/nexi.routes.js';
import { registerPage } from './page/page.routes.js';
import { registerPortone } from './portone/portone.routes.js';

export interface SandboxOptions {
  dataDir?: string;
  ledgerFile?: string;
  publicUrl?: string;
  loopbackHost?: string;
}

export interface Sandbox {
  app: FastifyInstance;
  core: SandboxCore;
  /** Answers the address; port 0 takes a free one. */
  listen(at?: { port?: number; host?: string }): Promise<string>;
  close(): Promise<void>;
}

/** A batch of schedules or a bulk operation is the largest thing anybody sends. */
const BODY_LIMIT_BYTES = 32 * 1024 * 1024;
/** A customer_uid of 80 Korean characters, percent-encoded. */
const LONGEST_PARAMETER = 1024;

const unreadable = (
  core: SandboxCore,
  url: string,
  status: number,
): { status: number; contentType: string; body: string } => {
  const provider = providerOf(url);
  const answer = (provider && core.halves.get(provider))?.errorAnswer?.(status);
  const plain = { contentType: 'application/json', body: '{"error":"unreadable address"}' };
  return { status, ...(answer ?? plain) };
};

/** Both pretended providers and the control API in one server, ready to listen or to be injected. */
export const createSandbox = async (options: SandboxOptions = {}): Promise<Sandbox> => {
  const { publicUrl = 'http://127.0.0.1:4010', ...places } = options;
  const core = openCore({ publicUrl, ...places });
  const app = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: true,
    // Addresses no router can read get the provider's own words too.
    frameworkErrors: (error, request, reply) => {
      const { status, contentType, body } = unreadable(core, request.url, error.statusCode ?? 400);
      reply.raw.writeHead(status, { 'content-type': contentType }).end(body);
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: LONGEST_PARAMETER },
  });
  addProviderHooks(app, core);
  app.get('/health', (_request, reply) => reply.send({ status: 'ok' }));
  registerControl(app, core);
  registerPage(app, core);
  await app.register(
    async (scope) => {
      core.halves.set('PORTONE', registerPortone(scope, core));
    },
    { prefix: '/portone' },
  );
  await app.register(
    async (scope) => {
      core.halves.set('NEXI', registerNexi(scope, core));
    },
    { prefix: '/nexi' },
  );
  core.webhooks.resume();

  const listen: Sandbox['listen'] = async ({ port = 0, host = '127.0.0.1' } = {}) => {
    await app.listen({ port, host });
    const address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
    core.config.publicUrl = options.publicUrl ?? address;
    return address;
  };
  const close = async (): Promise<void> => {
    await app.close();
    await core.close();
  };
  return { app, core, listen, close };
};
