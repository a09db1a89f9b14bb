import { Field, InputType, ObjectType } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
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

/**
 * A sum that no safe integer holds is refused when it is read, with its currency, so that what else the same query asks is answered: a sum
 * rounded or cut would be believed.
 */
export const presentMoney = (amountMinor: number, currency: string): Money =>
  Number.isSafeInteger(amountMinor)
    ? { amount: amountMinor, currency }
    : {
        currency,
        get amount(): number {
          throw new GraphQLError(
            `expected a sum within ±(2^53 − 1) minor units, found more in ${currency}`,
            { extensions: { code: 'SUM_TOO_LARGE', currency } },
          );
        },
      };

export const readMoney = ({ amount, currency }: MoneyInput): KernelMoney => ({
  amountMinor: amount,
  currency,
});
