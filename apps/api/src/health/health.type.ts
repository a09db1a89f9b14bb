import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import type { Hold as HoldRow, IncidentKind, Sight } from '#charges';
import { Hold, presentHold } from '../holds/hold.type.js';
import { IncidentKindEnum } from '../incidents/incident.type.js';
import { Money, presentMoney } from '../money/money.type.js';

@ObjectType({ description: 'Incidents of one kind that nobody has seen to yet.' })
export class OpenIncidents {
  @Field(() => IncidentKindEnum)
  kind: IncidentKind;

  @Field(() => Int)
  count: number;
}

@ObjectType({ description: 'What is not as it should be, and what is held back.' })
export class Health {
  @Field(() => Int, { description: 'Charges past their time that were not sent; ends at 10,000.' })
  overdueCount: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Seconds, by its account’s clock. Absent: nothing is overdue.',
  })
  oldestOverdueSeconds: number | null;

  @Field(() => Int, { description: 'Charges whose outcome is being asked for.' })
  unknownCount: number;

  @Field(() => [Money], { description: 'Of those, one sum for each currency.' })
  unknownAmounts: Money[];

  @Field(() => Float, { nullable: true, description: 'Absent: none is unknown.' })
  oldestUnknownSeconds: number | null;

  @Field(() => Int, { description: 'Charges that a person is asked about.' })
  needsReviewCount: number;

  @Field(() => Int, { description: 'Refunds that a person is asked about: see resolveRefund.' })
  refundsNeedingReviewCount: number;

  @Field(() => [OpenIncidents])
  openIncidents: OpenIncidents[];

  @Field(() => Int, {
    description: 'Payments decided lately, of the latest 500 attempts, for 5 minutes at least.',
  })
  webhooksExpected: number;

  @Field(() => Int, { description: 'Those that a webhook told of.' })
  webhooksSeen: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Seen by expected, 0 to 1. Absent: none was expected.',
  })
  webhookRatio: number | null;

  @Field(() => [Hold], { description: 'Those that stand, the oldest first.' })
  holds: Hold[];
}

export const presentHealth = (
  { unknownAmounts, openIncidents, ...sight }: Sight,
  { seen, expected }: { readonly seen: number; readonly expected: number },
  holds: readonly HoldRow[],
): Health => ({
  ...sight,
  unknownAmounts: unknownAmounts.map(({ amountMinor, currency }) =>
    presentMoney(amountMinor, currency),
  ),
  openIncidents: [...openIncidents],
  webhooksExpected: expected,
  webhooksSeen: seen,
  webhookRatio: expected === 0 ? null : seen / expected,
  holds: holds.map(presentHold),
});
