import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { DatabaseIndicator } from './database.indicator.js';
import { StopIndicator } from './stop.indicator.js';

@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseIndicator,
    private readonly stop: StopIndicator,
  ) {}

  /** Whether the process turns over. Asks nothing: a restart would not mend what it depends on. */
  @Get('live')
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Whether it can serve: 503 with the reasons if not. */
  @Get('ready')
  @HealthCheck()
  ready() {
    return this.health.check([
      () => this.stop.isStaying(),
      () => this.database.isReachable(),
      () => this.database.isUpToDate(),
      () => this.database.isOnTime(),
    ]);
  }
}
