import { Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { Charges, explain, holdOver, Holds, type ChargeView } from '#charges';
import { invariant } from '#kernel';
import { ProviderAccounts, type Viewer } from '#merchants';
import { businessInstant, type BusinessInstant } from '#platform/clock';
import type { Loaders } from '#platform/graphql';
import { Schedules } from '#scheduling';
import { grouped } from '../charges/charge-fields.resolver.js';
import { Charge } from '../charges/charge.type.js';
import { CurrentViewer, RequestLoaders, RequireScope } from '../request-context.js';

/** Where what is beside a charge is read from, for all charges of a request at once. */
interface Reading {
  readonly merchantId: string;
  readonly loaders: Loaders;
}

/** Why a charge is in its state. Its account's clock, its schedule, its history and the hold it waits under are part of that. */
@Resolver(() => Charge)
export class ChargeExplanationResolver {
  constructor(
    private readonly holds: Holds,
    private readonly accounts: ProviderAccounts,
    private readonly schedules: Schedules,
    private readonly charges: Charges,
  ) {}

  @ResolveField(() => String, { description: 'Why it is in this state and what comes next.' })
  @RequireScope('charges:read')
  async explanation(
    @Parent() { row }: Charge,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<string> {
    const reading = { merchantId, loaders };
    const [businessNow, live, isSchedulePaused, cause] = await Promise.all([
      this.businessNowOf(row, reading),
      loaders.load('liveHolds', merchantId, async () => [
        { id: merchantId, rows: await this.holds.list(merchantId) },
      ]),
      this.isSchedulePaused(row, reading),
      this.causeOf(row, reading),
    ]);
    const hold = holdOver(live?.rows ?? [], row);
    return explain(row, { businessNow, hold, isSchedulePaused, cause });
  }

  private async businessNowOf(
    { providerAccountId }: ChargeView,
    { merchantId, loaders }: Reading,
  ): Promise<BusinessInstant> {
    const account = await loaders.load('providerAccount', providerAccountId, (ids) =>
      this.accounts.findMany(merchantId, ids),
    );
    invariant(account, 'expected the account of a charge');
    return businessInstant(account.clockNow);
  }

  /** Only what has not been sent waits for its schedule. */
  private async isSchedulePaused(
    { state, scheduleId }: ChargeView,
    { merchantId, loaders }: Reading,
  ): Promise<boolean> {
    if (state !== 'SCHEDULED' || !scheduleId) return false;
    const schedule = await loaders.load('schedule', scheduleId, (ids) =>
      this.schedules.find(merchantId, ids),
    );
    return schedule?.status === 'PAUSED';
  }

  /** Of a skipped occurrence: its row does not say why. */
  private async causeOf(
    { id, state }: ChargeView,
    { merchantId, loaders }: Reading,
  ): Promise<string | undefined> {
    if (state !== 'SKIPPED') return undefined;
    const found = await loaders.load('timelines', id, async (ids) =>
      grouped(ids, await this.charges.transitions(merchantId, ids)),
    );
    return found?.rows.at(-1)?.cause;
  }
}
