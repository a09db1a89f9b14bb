import { done } from '#client';
import type { Wallet } from './cards.step.js';
import {
  advanceClock,
  awaitCharge,
  awaitThat,
  clockOf,
  DemoFailure,
  won,
  type World,
} from './world.js';

/** Every length of month, and February once. */
const MONTHS = 12;
/** The provider fires at the minute; an hour later its webhook has long come home. */
const HOUR_MS = 3_600_000;
const ZONE = 'Asia/Seoul';
/** 9 o'clock in Seoul, which knows no summer time, is midnight here. */
const nextLastOfJanuary = (now: Date): Date => {
  const thisYear = new Date(Date.UTC(now.getUTCFullYear(), 0, 31));
  return thisYear > now ? thisYear : new Date(Date.UTC(now.getUTCFullYear() + 1, 0, 31));
};

const dayOf = (at: Date): string =>
  new Intl.DateTimeFormat('en-GB', { timeZone: ZONE, day: 'numeric', month: 'short' }).format(at);

/** From 31 January, each month's last day, each registered at the provider ahead of its time; answers the days. */
export const liveThroughYear = async (world: World, { issued }: Wallet): Promise<string[]> => {
  const { client, portone, progress, run } = world;
  const orderId = `${run}-tea`;
  const startAt = nextLastOfJanuary(await clockOf(world, portone));
  const { schedule } = done(
    await client.createSchedule({
      billingKeyId: issued.id,
      order: { orderId, name: 'Tea of the month', amount: won(9_900) },
      recurrence: { every: 1, unit: 'MONTH', anchorDay: 31, timeOfDay: '09:00', timeZone: ZONE },
      startAt: startAt.toISOString(),
      maxOccurrences: MONTHS,
      execution: 'PROVIDER_SCHEDULED',
      externalId: orderId,
    }),
  );
  const days = schedule.nextOccurrences.map((text) => new Date(text));
  if (days.length !== MONTHS)
    throw new DemoFailure(`expected ${MONTHS} occurrences, found ${days.length}`);
  await progress.run('A year of a monthly schedule', MONTHS, async (report) => {
    for (const [index, day] of days.entries()) {
      await advanceClock(world, portone, new Date(day.getTime() + HOUR_MS));
      await awaitCharge(world, `${orderId}-${index + 1}`, 'SUCCEEDED');
      report(index + 1);
    }
  });
  await awaitThat('the schedule to be completed', async () =>
    (await client.schedule(schedule.id))?.status === 'COMPLETED' ? true : undefined,
  );
  return days.map(dayOf);
};
