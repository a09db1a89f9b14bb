import { Module } from '@nestjs/common';
import { ChargesModule } from '#charges';
import { WebhooksModule } from '#webhooks';
import { HealthResolver } from './health.resolver.js';

@Module({ imports: [ChargesModule, WebhooksModule], providers: [HealthResolver] })
export class HealthFace {}
