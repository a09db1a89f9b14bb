import { Args, Int, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { BillingKeys } from '#billing-keys';
import { Charges } from '#charges';
import { invariant } from '#kernel';
import type { Viewer } from '#merchants';
import {
  ConnectionArgs,
  DateTime,
  presentConnection,
  readPage,
  type Loaders,
} from '#platform/graphql';
import { Schedules } from '#scheduling';
import { BillingKey, presentBillingKey } from '../billing-keys/billing-key.type.js';
import { ChargeConnection, presentCharge } from '../charges/charge.type.js';
import { CurrentViewer, RequestLoaders, RequireScope } from '../request-context.js';
import { checkFirst } from './first.js';
import { Schedule } from './schedule.type.js';

/** What is read beside a schedule. */
@Resolver(() => Schedule)
export class ScheduleFieldsResolver {
  constructor(
    private readonly schedules: Schedules,
    private readonly charges: Charges,
    private readonly keys: BillingKeys,
  ) {}

  @ResolveField(() => [DateTime], {
    description: 'When the next occurrences fall due: those that wait already, then those to come.',
  })
  @RequireScope('schedules:read')
  nextOccurrences(
    @Parent() { row }: Schedule,
    @Args('first', { type: () => Int, description: 'At most 100.' }) first: number,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<Date[]> {
    return this.schedules.nextOccurrences(merchantId, row, checkFirst(first));
  }

  @ResolveField(() => ChargeConnection, { description: 'Its charges, from the first one on.' })
  @RequireScope('charges:read')
  async occurrences(
    @Parent() { row }: Schedule,
    @Args() args: ConnectionArgs,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<ChargeConnection> {
    const scope = { owner: merchantId, list: `occurrences of ${row.id}` };
    const page = readPage(args, scope);
    const slice = await this.schedules.occurrences(merchantId, { scheduleId: row.id, page });
    const found = await this.charges.find(
      merchantId,
      slice.rows.map(({ id }) => id),
    );
    const byId = new Map(found.map((charge) => [charge.id, charge]));
    const rows = slice.rows.flatMap(({ id }) => byId.get(id) ?? []);
    return presentConnection({
      ...{ slice: { ...slice, rows }, scope, present: presentCharge },
      positionOf: ({ occurrenceNumber }) => String(occurrenceNumber),
    });
  }

  @ResolveField(() => BillingKey)
  @RequireScope('billing-keys:read')
  async billingKey(
    @Parent() { row }: Schedule,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<BillingKey> {
    const key = await loaders.load('billingKey', row.billingKeyId, (ids) =>
      this.keys.find(merchantId, ids),
    );
    invariant(key, 'expected the billing key of a schedule');
    return presentBillingKey(key);
  }
}
