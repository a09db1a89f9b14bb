import { readSight, type Sight } from '#charges';
import { merchantsWithAccounts, readLateness } from '#merchants';
import { monotonicMs } from '#platform/clock';
import type { Database } from '#platform/database';
import type { Logger } from '#platform/logging';
import { Gauge } from 'prom-client';

/** Several who scrape cost one reading. */
const KEPT_MS = 5_000;
/** Scrapers wait ten seconds; what was not read within this is told as unread. */
const READING_MS = 2_000;

const gauge = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
  new Gauge({ name: `refrain_${name}`, help, labelNames });

const needsReview = gauge('charges_needing_review', 'Charges a person is asked about.', []);
const refundsReview = gauge('refunds_needing_review', 'Refunds a person is asked about.', []);
const unknown = gauge('charges_unknown', 'Charges whose outcome is being asked for.', []);
const unknownAge = gauge('charges_unknown_oldest_seconds', 'Since the oldest became so.', []);
const overdue = gauge('charges_overdue', 'Past their time and not sent.', []);
const overdueAge = gauge('charges_overdue_oldest_seconds', 'How late the oldest is.', []);
const incidents = gauge('incidents_open', 'Nobody has seen to them yet.', ['kind']);
const unread = gauge('sight_unread_merchants', 'Not in these figures: no time was left.', []);
const lateness = gauge(
  'agenda_oldest_due_seconds',
  'How long the account that waits longest has been due in each lane: no worker serves it.',
  ['lane'],
);

const readSights = async (database: Database) => {
  const giveUpAt = monotonicMs() + READING_MS;
  const merchantIds = await merchantsWithAccounts(database);
  const sights: Sight[] = [];
  for (const id of merchantIds) {
    if (monotonicMs() > giveUpAt) break;
    sights.push(await database.withMerchant(id, (tx) => readSight(tx, id)));
  }
  return { sights, unreadCount: merchantIds.length - sights.length };
};

const setGauges = async (database: Database): Promise<void> => {
  const { sights, unreadCount } = await readSights(database);
  const sum = (of: (sight: Sight) => number) => sights.reduce((all, one) => all + of(one), 0);
  const most = (of: (sight: Sight) => number | null) =>
    sights.reduce((all, one) => Math.max(all, of(one) ?? 0), 0);
  needsReview.set(sum((sight) => sight.needsReviewCount));
  refundsReview.set(sum((sight) => sight.refundsNeedingReviewCount));
  unknown.set(sum((sight) => sight.unknownCount));
  unknownAge.set(most((sight) => sight.oldestUnknownSeconds));
  overdue.set(sum((sight) => sight.overdueCount));
  overdueAge.set(most((sight) => sight.oldestOverdueSeconds));
  incidents.reset();
  for (const { kind, count } of sights.flatMap(({ openIncidents }) => openIncidents))
    incidents.inc({ kind }, count);
  unread.set(unreadCount);
  lateness.reset();
  for (const { lane, seconds } of await readLateness(database)) lateness.set({ lane }, seconds);
};

/**
 * What is not as it should be over all merchants, read at a scrape: no more often than every five seconds, for two seconds at most,
 * merchant by merchant, since nothing else sees their rows. No label names a merchant.
 */
export const gaugeSight = (database: Database, logger: Logger): void => {
  let reading: Promise<void> | undefined;
  let keptUntil = 0;
  const collect = async () => {
    if (monotonicMs() >= keptUntil) {
      keptUntil = monotonicMs() + KEPT_MS;
      reading = setGauges(database).catch((error: unknown) => {
        logger.warn({ err: error }, 'the gauges of charges could not be read');
      });
    }
    await reading;
  };
  // They are collected at once, and each waits for the one reading.
  const all = [
    ...[needsReview, refundsReview, unknown, unknownAge, overdue, overdueAge],
    ...[incidents, unread, lateness],
  ];
  for (const each of all) Object.assign(each, { collect });
};
