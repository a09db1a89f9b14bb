import { Field, InputType, ObjectType } from '@nestjs/graphql';
import type { Money as KernelMoney } from '#kernel';
import { Currency } from './currency.scalar.js';
import { MinorUnits } from './minor-units.scalar.js';

@ObjectType({ description: 'An amount in minor units by ISO 4217: KRW has none, SEK two.' })
export class Money {
  @Field(() => MinorUnits)
  amount: number;

  @Field(() => Currency)
  currency: string;
}

@InputType()
export class MoneyInput {
  @Field(() => MinorUnits)
  amount: number;

  @Field(() => Currency)
  currency: string;
}

export const presentMoney = (amountMinor: number, currency: string): Money => ({
  amount: amountMinor,
  currency,
});

export const readMoney = ({ amount, currency }: MoneyInput): KernelMoney => ({
  amountMinor: amount,
  currency,
});
