import { Controller, Get } from '@nestjs/common';
import { HealthCheck, HealthCheckService } from '@nestjs/terminus';
import { DatabaseIndicator } from './database.indicator.js';

@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly database: DatabaseIndicator,
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
    return this.health.check([() => this.database.isReachable(), () => this.database.isUpToDate()]);
  }
}
