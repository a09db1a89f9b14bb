import { Field, Int, ObjectType } from '@nestjs/graphql';
import { toPublicId } from '#kernel';
import type { ClockMode, ProviderAccount as AccountRow } from '#merchants';
import { DateTime, Node } from '#platform/graphql';
import { Currency } from '../money/currency.scalar.js';
import {
  AccountModeEnum,
  ClockModeEnum,
  DuplicateCapturePolicyEnum,
  ProviderEnum,
  ReplayEnum,
} from './provider-account.enums.js';

@ObjectType({ description: 'What the account takes for the time: due times and occurrences.' })
export class AccountClock {
  @Field(() => ClockModeEnum)
  mode: ClockMode;

  @Field(() => DateTime, { description: 'What it shows now.' })
  now: Date;
}

@ObjectType({
  implements: () => Node,
  description: 'A merchant’s credentials and settings at one provider.',
})
export class ProviderAccount implements Node {
  id: string;

  @Field(() => String)
  name: string;

  @Field(() => ProviderEnum)
  provider: AccountRow['provider'];

  @Field(() => AccountModeEnum)
  mode: AccountRow['mode'];

  @Field(() => String)
  baseUrl: string;

  @Field(() => [Currency])
  currencies: string[];

  @Field(() => String, { nullable: true })
  termsUrl: string | null;

  @Field(() => [String], {
    description: 'Hosts that a card registration may send a person back to.',
  })
  returnHosts: string[];

  @Field(() => Int, { nullable: true, description: 'Absent: as fast as the provider answers.' })
  rateLimitPerSecond: number | null;

  @Field(() => ReplayEnum)
  replay: AccountRow['replay'];

  @Field(() => Boolean, {
    description: 'Whether a reference whose payment failed may be used again on this channel.',
  })
  isReferenceReusable: boolean;

  @Field(() => Boolean, { description: 'Whether card data may pass through `issueBillingKey`.' })
  isRawCardRegistrationOn: boolean;

  @Field(() => Int, { description: 'How many charges go into one bulk operation at the provider.' })
  bulkOperationSize: number;

  @Field(() => DuplicateCapturePolicyEnum)
  duplicateCapturePolicy: AccountRow['duplicateCapturePolicy'];

  @Field(() => AccountClock)
  clock: AccountClock;

  @Field(() => DateTime)
  createdAt: Date;

  @Field(() => DateTime)
  updatedAt: Date;
}

export const presentProviderAccount = (row: AccountRow): ProviderAccount => ({
  id: toPublicId('providerAccount', row.id),
  name: row.name,
  provider: row.provider,
  mode: row.mode,
  baseUrl: row.baseUrl,
  currencies: [...row.currencies],
  termsUrl: row.termsUrl,
  returnHosts: [...row.returnHosts],
  rateLimitPerSecond: row.rateLimitPerSecond,
  replay: row.replay,
  isReferenceReusable: row.isReferenceReusable,
  isRawCardRegistrationOn: row.isRawCardRegistrationOn,
  bulkOperationSize: row.bulkOperationSize,
  duplicateCapturePolicy: row.duplicateCapturePolicy,
  clock: { mode: row.clockMode, now: row.clockNow },
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});
