import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { BillingKeys } from '#billing-keys';
import { Charges, Refunds } from '#charges';
import { invariant } from '#kernel';
import type { Viewer } from '#merchants';
import type { Loaders } from '#platform/graphql';
import { BillingKey, presentBillingKey } from '../billing-keys/billing-key.type.js';
import { CurrentViewer, RequestLoaders, RequireScope } from '../request-context.js';
import {
  Attempt,
  Charge,
  presentAttempt,
  presentRefund,
  presentTransition,
  Refund,
  Transition,
} from './charge.type.js';

/** What is read beside a charge, for all charges of a request at once. */
@Resolver(() => Charge)
export class ChargeFieldsResolver {
  constructor(
    private readonly charges: Charges,
    private readonly refundsOf: Refunds,
    private readonly keys: BillingKeys,
  ) {}

  @ResolveField(() => [Attempt])
  @RequireScope('charges:read')
  async attempts(
    @Parent() { row }: Charge,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<Attempt[]> {
    const found = await loaders.load('attempts', row.id, async (ids) =>
      grouped(ids, await this.charges.attempts(merchantId, ids)),
    );
    return (found?.rows ?? []).map(presentAttempt);
  }

  @ResolveField(() => [Transition], { description: 'Every change of state, the first first.' })
  @RequireScope('charges:read')
  async timeline(
    @Parent() { row }: Charge,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<Transition[]> {
    const found = await loaders.load('timelines', row.id, async (ids) =>
      grouped(ids, await this.charges.transitions(merchantId, ids)),
    );
    return (found?.rows ?? []).map(presentTransition);
  }

  @ResolveField(() => [Refund])
  @RequireScope('charges:read')
  async refunds(
    @Parent() { row }: Charge,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<Refund[]> {
    const found = await loaders.load('refunds', row.id, async (ids) =>
      grouped(ids, await this.refundsOf.list(merchantId, ids)),
    );
    return (found?.rows ?? []).map(presentRefund);
  }

  @ResolveField(() => BillingKey)
  @RequireScope('billing-keys:read')
  async billingKey(
    @Parent() { row }: Charge,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<BillingKey> {
    const key = await loaders.load('billingKey', row.billingKeyId, (ids) =>
      this.keys.find(merchantId, ids),
    );
    invariant(key, 'expected the billing key of a charge');
    return presentBillingKey(key);
  }
}

/** Rows by their charge; a charge without any has none. */
export const grouped = <Row extends { chargeId: string }>(
  chargeIds: readonly string[],
  rows: readonly Row[],
): { id: string; rows: Row[] }[] => {
  const byCharge = new Map<string, Row[]>(chargeIds.map((id) => [id, []]));
  for (const row of rows) byCharge.get(row.chargeId)?.push(row);
  return [...byCharge].map(([id, ofCharge]) => ({ id, rows: ofCharge }));
};
