import { Field, ObjectType } from '@nestjs/graphql';
import { CreatePayload, Payload } from '../user-errors/user-error.type.js';
import { AccessStatusEnum, type AccessStatus } from './provider-account.enums.js';
import { ProviderAccount } from './provider-account.type.js';

@ObjectType()
export class ConnectProviderAccountPayload extends CreatePayload {
  @Field(() => ProviderAccount, { nullable: true })
  providerAccount: ProviderAccount | null;

  @Field(() => [String], { description: 'What is to be set right at the provider.' })
  warnings: string[];
}

@ObjectType()
export class UpdateProviderAccountPayload extends Payload {
  @Field(() => ProviderAccount, { nullable: true })
  providerAccount: ProviderAccount | null;
}

@ObjectType()
export class TestProviderAccountPayload extends Payload {
  @Field(() => ProviderAccount, { nullable: true })
  providerAccount: ProviderAccount | null;

  @Field(() => AccessStatusEnum, { nullable: true })
  access: AccessStatus | null;

  @Field(() => [String], {
    description: 'What the provider told of the account, or why it did not.',
  })
  notes: string[];
}
