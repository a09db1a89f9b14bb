import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { DatabaseIndicator } from './database.indicator.js';
import { HealthController } from './health.controller.js';
import { StopIndicator } from './stop.indicator.js';

@Module({
  // Terminus would log each failing check in words of its own; the answer holds the reasons.
  imports: [TerminusModule.forRoot({ logger: false })],
  providers: [DatabaseIndicator, StopIndicator],
  controllers: [HealthController],
})
export class HealthModule {}
