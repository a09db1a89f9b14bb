import {
  Body,
  Controller,
  Headers,
  HttpCode,
  Inject,
  NotFoundException,
  Param,
  Post,
  ServiceUnavailableException,
  UnauthorizedException,
} from '@nestjs/common';
import type { ProviderName } from '#providers/contract';
import { redact } from '#platform/http';
import type { Logger } from '#platform/logging';
import { LOGGER } from '#platform/nest';
import { Inbox, type Delivery } from '#webhooks';
import { KEPT_OF_NEXI, KEPT_OF_PORTONE } from './kept-fields.js';

/** Where providers call. They want a bare 200 (Nexi: nothing else), and send again after a 5xx. */
@Controller('webhooks')
export class WebhooksController {
  constructor(
    private readonly inbox: Inbox,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @Post('portone/:token')
  @HttpCode(200)
  async receiveFromPortone(
    @Param('token') token: string,
    @Headers() headers: Delivery['headers'],
    @Body() body: unknown,
  ): Promise<void> {
    const keptBody = redact(body, { fields: KEPT_OF_PORTONE });
    await this.receive('PORTONE', token, { headers, body, keptBody });
  }

  @Post('nexi/:token')
  @HttpCode(200)
  async receiveFromNexi(
    @Param('token') token: string,
    @Headers() headers: Delivery['headers'],
    @Body() body: unknown,
  ): Promise<void> {
    const keptBody = redact(body, { fields: KEPT_OF_NEXI });
    await this.receive('NEXI', token, { headers, body, keptBody });
  }

  /** The answer tells whether the address is right, and never whether what is in it exists. */
  private async receive(name: ProviderName, token: string, delivery: Delivery): Promise<void> {
    const reception = await this.store(name, token, delivery);
    if (reception === 'NOT_OURS') throw new NotFoundException();
    if (reception === 'UNAUTHENTIC') throw new UnauthorizedException();
  }

  private async store(name: ProviderName, token: string, delivery: Delivery) {
    try {
      return await this.inbox.receive(name, token, delivery);
    } catch (error) {
      // Whatever it was, the event is not stored: the provider is told to send it again.
      this.logger.error({ err: error }, 'a webhook could not be stored');
      throw new ServiceUnavailableException();
    }
  }
}
