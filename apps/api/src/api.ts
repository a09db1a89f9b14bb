import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { NestLogger } from '#platform/logging';
import type { Platform } from '#platform/nest';
import { ApiModule } from './api.module.js';
import { StopIndicator } from './health/stop.indicator.js';
import { observeRequests } from './metrics/request.metrics.js';

/** What any request may send: a webhook with a whole order in it is under a tenth. */
const BODY_MAX = 1024 * 1024;
/** 1,000 bulk items with orders of some lines each. */
const GRAPHQL_BODY_MAX = 2 * BODY_MAX;
/** A webhook's token is 107 characters; the router's own bound is 100. */
const PATH_PARAMETER_MAX = 200;
/** Headers and body of an honest client arrive well before; a slow-loris holds its connection no longer. */
const REQUEST_TIMEOUT_MS = 30_000;

/** What a 503 tells of is over in seconds or lasts; who waited a second adds little to either. */
const RETRY_AFTER_SECONDS = 1;

const newAdapter = (): FastifyAdapter => {
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: PATH_PARAMETER_MAX },
    // No proxy is believed: an address in a header is what the caller wrote.
    trustProxy: false,
    // Kept-alive connections without a request must not hold up the stop.
    forceCloseConnections: 'idle',
  });
  adapter.getInstance().addHook('onRoute', (route) => {
    if (route.url === '/graphql') route.bodyLimit = GRAPHQL_BODY_MAX;
  });
  adapter.getInstance().addHook('onSend', async (_, reply) => {
    if (reply.statusCode === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
  });
  observeRequests(adapter.getInstance());
  return adapter;
};

/** The whole API, not listening yet. */
export const createApi = (platform: Platform): Promise<NestFastifyApplication> =>
  NestFactory.create<NestFastifyApplication>(ApiModule.with(platform), newAdapter(), {
    logger: new NestLogger(platform.logger),
    abortOnError: false,
  });

export interface RunningApi {
  readonly app: NestFastifyApplication;
  readonly url: string;
  /** From now on it is not ready, and still answers. */
  beginStop(): void;
  /** Stops accepting, lets requests end. The platform is closed by who opened it. */
  close(): Promise<void>;
}

/** `port` 0 takes any free one. */
export const startApi = async (
  platform: Platform,
  at: { readonly host: string; readonly port: number },
): Promise<RunningApi> => {
  const app = await createApi(platform);
  await app.listen(at.port, at.host);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const beginStop = () => app.get(StopIndicator).beginStop();
  return {
    ...{ app, url: `http://${at.host}:${port}`, beginStop },
    close: () => {
      beginStop();
      return app.close();
    },
  };
};
