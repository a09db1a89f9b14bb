import { Field, InputType, Int } from '@nestjs/graphql';
import type { Order, OrderItem } from '#kernel';
import { MinorUnits } from '../money/minor-units.scalar.js';
import { MoneyInput, readMoney } from '../money/money.type.js';

@InputType()
export class OrderItemInput {
  @Field(() => String, { description: 'The merchant’s own id of the thing sold.' })
  reference: string;

  @Field(() => String)
  name: string;

  @Field(() => Int, { defaultValue: 1 })
  quantity: number;

  @Field(() => MinorUnits, { description: 'Of one, before tax.' })
  unitPrice: number;

  @Field(() => Int, { defaultValue: 0, description: '2500 is 25 %.' })
  taxRateBasisPoints: number;

  @Field(() => MinorUnits, { defaultValue: 0, description: 'The tax of the whole line.' })
  taxAmount: number;

  @Field(() => MinorUnits, {
    description: 'The whole line with tax. The lines add up to the order’s amount.',
  })
  grossAmount: number;
}

@InputType()
export class OrderInput {
  @Field(() => String, {
    description: '1–40 characters of A–Z a–z 0–9 . _ - (a schedule’s: 1–32).',
  })
  orderId: string;

  @Field(() => String)
  name: string;

  @Field(() => MoneyInput)
  amount: MoneyInput;

  @Field(() => [OrderItemInput], { nullable: true })
  items?: OrderItemInput[] | null;
}

const readItem = (item: OrderItemInput): OrderItem => ({
  reference: item.reference,
  name: item.name,
  quantity: item.quantity,
  unitPriceMinor: item.unitPrice,
  taxRateBasisPoints: item.taxRateBasisPoints,
  taxMinor: item.taxAmount,
  grossMinor: item.grossAmount,
});

/** Not checked yet: `checkOrder` of the kernel says what is wrong with it. */
export const readOrder = ({ orderId, name, amount, items }: OrderInput): Order => ({
  orderId,
  name,
  amount: readMoney(amount),
  items: (items ?? []).map(readItem),
});
