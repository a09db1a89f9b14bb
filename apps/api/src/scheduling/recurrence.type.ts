import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import type { Recurrence as RecurrenceValue, RecurrenceUnit, Weekday } from '#kernel';
import { RecurrenceUnitEnum, WeekdayEnum } from './schedule.enums.js';

const EVERY = 'Every how many units.';
const ANCHOR_DAY =
  'MONTH and YEAR: 1–31; absent: the day of startAt. A shorter month gives its last day, the next long one the day again.';
const NTH = '1–4, or -1 for the last.';
const TIME_OF_DAY = 'HH:MM; absent: the time of startAt. One that a clock change skips moves on.';
const TIME_ZONE = 'A name of the IANA database, such as Asia/Seoul.';

@ObjectType()
export class NthWeekday {
  @Field(() => Int, { description: NTH })
  nth: number;

  @Field(() => WeekdayEnum)
  weekday: Weekday;
}

@ObjectType({ description: 'When something comes back, on the calendar of one time zone.' })
export class Recurrence {
  @Field(() => Int, { description: EVERY })
  every: number;

  @Field(() => RecurrenceUnitEnum)
  unit: RecurrenceUnit;

  @Field(() => Int, { nullable: true, description: ANCHOR_DAY })
  anchorDay: number | null;

  @Field(() => Boolean)
  lastDayOfMonth: boolean;

  @Field(() => NthWeekday, { nullable: true })
  nthWeekday: NthWeekday | null;

  @Field(() => [WeekdayEnum], { nullable: true })
  weekdays: readonly Weekday[] | null;

  @Field(() => String, { nullable: true, description: TIME_OF_DAY })
  timeOfDay: string | null;

  @Field(() => String, { description: TIME_ZONE })
  timeZone: string;
}

@InputType()
export class NthWeekdayInput {
  @Field(() => Int, { description: NTH })
  nth: number;

  @Field(() => WeekdayEnum)
  weekday: Weekday;
}

@InputType()
export class RecurrenceInput {
  @Field(() => Int, { description: EVERY })
  every: number;

  @Field(() => RecurrenceUnitEnum)
  unit: RecurrenceUnit;

  @Field(() => Int, { nullable: true, description: ANCHOR_DAY })
  anchorDay?: number | null;

  @Field(() => Boolean, { nullable: true, description: 'MONTH and YEAR: whichever day that is.' })
  lastDayOfMonth?: boolean | null;

  @Field(() => NthWeekdayInput, { nullable: true, description: 'MONTH and YEAR.' })
  nthWeekday?: NthWeekdayInput | null;

  @Field(() => [WeekdayEnum], { nullable: true, description: 'WEEK; absent: that of startAt.' })
  weekdays?: Weekday[] | null;

  @Field(() => String, { nullable: true, description: TIME_OF_DAY })
  timeOfDay?: string | null;

  @Field(() => String, { description: TIME_ZONE })
  timeZone: string;
}

/** Not checked yet: the library says what is wrong with it. Only what was said stands in the row. */
export const readRecurrence = (input: RecurrenceInput): RecurrenceValue => ({
  every: input.every,
  unit: input.unit,
  timeZone: input.timeZone,
  ...(input.anchorDay == null ? {} : { anchorDay: input.anchorDay }),
  ...(input.lastDayOfMonth ? { lastDayOfMonth: true } : {}),
  ...(input.nthWeekday
    ? { nthWeekday: { nth: input.nthWeekday.nth, weekday: input.nthWeekday.weekday } }
    : {}),
  ...(input.weekdays ? { weekdays: input.weekdays } : {}),
  ...(input.timeOfDay == null ? {} : { timeOfDay: input.timeOfDay }),
});

export const presentRecurrence = (recurrence: RecurrenceValue): Recurrence => ({
  every: recurrence.every,
  unit: recurrence.unit,
  anchorDay: recurrence.anchorDay ?? null,
  lastDayOfMonth: recurrence.lastDayOfMonth ?? false,
  nthWeekday: recurrence.nthWeekday ?? null,
  weekdays: recurrence.weekdays ?? null,
  timeOfDay: recurrence.timeOfDay ?? null,
  timeZone: recurrence.timeZone,
});
