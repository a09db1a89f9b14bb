import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import { MerchantsModule } from '#merchants';
import { WebhooksModule } from '#webhooks';
import { WebhookEventsResolver } from './webhook-events.resolver.js';
import { WebhooksController } from './webhooks.controller.js';

/** The largest webhook of either provider is under 10 KiB. */
const WEBHOOK_BODY_MAX = 64 * 1024;

@Module({
  imports: [MerchantsModule, WebhooksModule],
  providers: [WebhookEventsResolver],
  controllers: [WebhooksController],
})
export class WebhooksFace {
  /** Here, because routes are laid right after the modules are made. */
  constructor({ httpAdapter }: HttpAdapterHost<FastifyAdapter>) {
    httpAdapter.getInstance().addHook('onRoute', (route) => {
      if (route.url.startsWith('/webhooks/')) route.bodyLimit = WEBHOOK_BODY_MAX;
    });
  }
}
