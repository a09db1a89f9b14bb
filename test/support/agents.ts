import { Module, type DynamicModule, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PlatformModule, type Platform } from '#platform/nest';
import { AdaptersModule } from '#providers/registry';
import { SchedulingModule } from '#scheduling';
import { WebhooksModule } from '#webhooks';

@Module({})
class AgentsModule {
  static with(platform: Platform): DynamicModule {
    return {
      module: AgentsModule,
      imports: [PlatformModule.with(platform), AdaptersModule, SchedulingModule, WebhooksModule],
    };
  }
}

/** The agents of schedules, keys and the inbox, one by one: `agents.get(WebhookApplier).runOnce()`. */
export const startAgents = (platform: Platform): Promise<INestApplicationContext> =>
  NestFactory.createApplicationContext(AgentsModule.with(platform), { logger: ['fatal', 'error'] });
