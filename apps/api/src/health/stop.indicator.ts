import { Injectable } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';

/** No longer ready from the moment this process begins to stop, while it still answers what it was asked. */
@Injectable()
export class StopIndicator {
  private isStopping = false;

  constructor(private readonly indicators: HealthIndicatorService) {}

  beginStop(): void {
    this.isStopping = true;
  }

  isStaying() {
    const indicator = this.indicators.check('process');
    return this.isStopping ? indicator.down({ reason: 'it is stopping' }) : indicator.up();
  }
}
