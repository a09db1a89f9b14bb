import { Temporal } from 'temporal-polyfill';

const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;

/** "HH:MM" from 00:00 to 23:59. */
export const isTimeOfDay = (text: string): boolean => TIME_OF_DAY.test(text);

/** What the clocks of a zone show at an instant. */
export const localTimeOf = (
  at: Date,
  timeZone: string,
): { readonly dayOfMonth: number; readonly minuteOfDay: number } => {
  const local = Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(timeZone);
  return { dayOfMonth: local.day, minuteOfDay: local.hour * 60 + local.minute };
};

/**
 * The instant at which the clocks of a zone show a time, so many days after the day they show at
 * `from`. A time that a clock change skips moves forward by the gap; one that it repeats is the
 * first of the two.
 */
export const localDayAt = (
  from: Date,
  at: { readonly days: number; readonly timeOfDay: string; readonly timeZone: string },
): Date => {
  const { days, timeOfDay, timeZone } = at;
  const day = Temporal.Instant.fromEpochMilliseconds(from.getTime())
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .add({ days });
  const moment = day.toZonedDateTime({ timeZone, plainTime: Temporal.PlainTime.from(timeOfDay) });
  return new Date(moment.epochMilliseconds);
};
