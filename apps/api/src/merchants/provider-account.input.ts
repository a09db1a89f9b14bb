import { Field, ID, InputType, Int } from '@nestjs/graphql';
import type {
  AccountMode,
  AccountSettings,
  ClockMode,
  ConnectProviderAccount,
  DuplicateCapturePolicy,
  ProviderAccount,
  ReplaySetting,
} from '#merchants';
import { Currency } from '../money/currency.scalar.js';
import {
  AccountModeEnum,
  ClockModeEnum,
  DuplicateCapturePolicyEnum,
  ProviderEnum,
  ReplayEnum,
} from './provider-account.enums.js';

@InputType({ description: 'As the provider gave them out. PortOne: impKey and impSecret.' })
export class PortoneCredentialsInput {
  @Field(() => String)
  impKey: string;

  @Field(() => String)
  impSecret: string;
}

@InputType({ description: 'As the provider gave them out. Nexi: secretKey and checkoutKey.' })
export class NexiCredentialsInput {
  @Field(() => String)
  secretKey: string;

  @Field(() => String)
  checkoutKey: string;
}

@InputType({ description: 'The one of the account’s provider.' })
export class CredentialsInput {
  @Field(() => PortoneCredentialsInput, { nullable: true })
  portone?: PortoneCredentialsInput | null;

  @Field(() => NexiCredentialsInput, { nullable: true })
  nexi?: NexiCredentialsInput | null;
}

@InputType({ isAbstract: true })
abstract class AccountSettingsInput {
  @Field(() => String, { nullable: true, description: 'Default: the provider’s own address.' })
  baseUrl?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Nexi shows it on its page; required there.',
  })
  termsUrl?: string | null;

  @Field(() => [String], { nullable: true })
  returnHosts?: string[] | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Where the provider sends webhooks. Default: PUBLIC_URL and the account’s own path.',
  })
  notificationUrl?: string | null;

  @Field(() => String, { nullable: true, description: 'Nexi: 8–64 letters and digits.' })
  webhookSecret?: string | null;

  @Field(() => Int, { nullable: true, description: 'Default: 10 on a LIVE account, else none.' })
  rateLimitPerSecond?: number | null;

  @Field(() => ReplayEnum, { nullable: true, description: 'Default: UNPROVEN.' })
  replay?: ReplaySetting | null;

  @Field(() => Boolean, { nullable: true, description: 'Default: true. Naver and Smartro: false.' })
  isReferenceReusable?: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Default: false.' })
  isRawCardRegistrationOn?: boolean | null;

  @Field(() => Int, { nullable: true, description: 'Default: 500.' })
  bulkOperationSize?: number | null;

  @Field(() => DuplicateCapturePolicyEnum, { nullable: true, description: 'Default: REPORT.' })
  duplicateCapturePolicy?: DuplicateCapturePolicy | null;
}

@InputType()
export class ConnectProviderAccountInput extends AccountSettingsInput {
  @Field(() => String, { description: 'Unique; the same name with the same content is a replay.' })
  name: string;

  @Field(() => ProviderEnum)
  provider: ProviderAccount['provider'];

  @Field(() => AccountModeEnum)
  mode: AccountMode;

  @Field(() => CredentialsInput)
  credentials: CredentialsInput;

  @Field(() => [Currency])
  currencies: string[];

  @Field(() => ClockModeEnum, { nullable: true, description: 'Default: REAL.' })
  clockMode?: ClockMode | null;
}

@InputType({ description: 'What is left out stays as it is.' })
export class UpdateProviderAccountInput extends AccountSettingsInput {
  @Field(() => ID)
  id: string;

  @Field(() => CredentialsInput, { nullable: true })
  credentials?: CredentialsInput | null;

  @Field(() => [Currency], { nullable: true })
  currencies?: string[] | null;
}

@InputType()
export class TestProviderAccountInput {
  @Field(() => ID)
  id: string;
}

/** All that were given, under the providers' own names; the domain refuses those of the other provider. */
const readCredentials = ({ portone, nexi }: CredentialsInput): Record<string, string> => ({
  ...(portone ? { imp_key: portone.impKey, imp_secret: portone.impSecret } : {}),
  ...(nexi ? { secret_key: nexi.secretKey, checkout_key: nexi.checkoutKey } : {}),
});

export const readConnection = ({
  credentials,
  ...settings
}: ConnectProviderAccountInput): ConnectProviderAccount => ({
  ...settings,
  credentials: readCredentials(credentials),
});

export const readSettings = ({
  id: _,
  credentials,
  ...settings
}: UpdateProviderAccountInput): AccountSettings => ({
  ...settings,
  ...(credentials ? { credentials: readCredentials(credentials) } : {}),
});
