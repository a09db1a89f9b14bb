import type { Database } from '#platform/database';
import { sliceOf, type Page, type Slice } from '#platform/paging';
import { hasten } from '#merchants';

import { readWebhookCoverage, type WebhookCoverage } from './webhook-coverage.repository.js';
import type { WebhookEvent } from './webhook-event.js';
import {
  findEvents,
  listEvents,
  receiveAgain,
  type WebhookEventFilter,
} from './webhook-events.repository.js';

/** The inbox as people see it. */
export class WebhookEvents {
  constructor(private readonly database: Database) {}

  find(merchantId: string, ids: readonly string[]): Promise<WebhookEvent[]> {
    return this.database.withMerchant(merchantId, (tx) => findEvents(tx, merchantId, ids));
  }

  async list(
    merchantId: string,
    { filter, page }: { readonly filter: WebhookEventFilter; readonly page: Page },
  ): Promise<Slice<WebhookEvent>> {
    const rows = await this.database.withMerchant(merchantId, (tx) =>
      listEvents(tx, merchantId, { filter, page }),
    );
    return sliceOf(rows, page);
  }

  /** How many of the payments decided lately a webhook told of. */
  coverage(merchantId: string): Promise<WebhookCoverage> {
    return this.database.withMerchant(merchantId, (tx) => readWebhookCoverage(tx, merchantId));
  }

  /** Applied again, by the truth as the provider tells it now. Nothing when the merchant has no such event. */
  replay(merchantId: string, id: string): Promise<WebhookEvent | undefined> {
    return this.database.withMerchant(merchantId, async (tx) => {
      const event = await receiveAgain(tx, merchantId, id);
      if (event)
        await hasten(tx, [
          { providerAccountId: event.providerAccountId, lane: 'APPLY', at: tx.now },
        ]);
      return event;
    });
  }
}
