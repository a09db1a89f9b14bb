import fc from 'fast-check';
import { DateTime } from 'luxon';
import { Client } from 'pg';
import { occurrenceAt, type Recurrence, type RecurrenceUnit } from '#kernel';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';

/** A pass of the eye in the daily run; `RECURRENCE_CASES=1000000` is the long proof. */
const CASES = Number(process.env['RECURRENCE_CASES'] ?? 2_000);
const BATCH = 2_000;
const LONG_RUN_MS = 4 * 3_600_000;

interface Asked {
  readonly unit: RecurrenceUnit;
  readonly every: number;
  readonly zone: string;
  readonly startAt: Date;
  readonly number: number;
}

/** A zone of ICU that PostgreSQL does not have is none of its business. */
const anyCase = (zones: readonly string[]): fc.Arbitrary<Asked> =>
  fc.record({
    unit: fc.constantFrom<RecurrenceUnit>('DAY', 'WEEK', 'MONTH', 'YEAR'),
    every: fc.integer({ min: 1, max: 6 }),
    zone: fc.constantFrom(...zones),
    startAt: fc
      .integer({ min: Date.UTC(2000, 0, 1) / 1_000, max: Date.UTC(2055, 0, 1) / 1_000 })
      .map((seconds) => new Date(seconds * 1_000)),
    number: fc.integer({ min: 1, max: 60 }),
  });

const UNITS = { DAY: 'days', WEEK: 'weeks', MONTH: 'months', YEAR: 'years' } as const;

/** The n-th occurrence as PostgreSQL adds up intervals, and what it makes of ours. */
const ORACLE = `
  SELECT c.n, theirs.at AS theirs, (c.ours AT TIME ZONE c.zone)::text AS "oursOnTheirWall",
    (theirs.at AT TIME ZONE c.zone)::text AS "theirsOnTheirWall",
    extract(epoch FROM (c.ours AT TIME ZONE c.zone) - (c.ours AT TIME ZONE 'UTC'))::int / 60
      AS "theirOffset",
    extract(epoch FROM (c.start AT TIME ZONE c.zone) - (c.start AT TIME ZONE 'UTC'))::int / 60
      AS "theirOffsetAtStart"
  FROM json_to_recordset($1::json) AS c (n int, zone text, step text, start timestamptz, ours timestamptz),
    LATERAL (SELECT ((c.start AT TIME ZONE c.zone) + c.step::interval) AT TIME ZONE c.zone) AS theirs (at)
  ORDER BY c.n`;

interface Answer {
  readonly n: number;
  readonly theirs: Date;
  readonly oursOnTheirWall: string;
  readonly theirsOnTheirWall: string;
  readonly theirOffset: number;
  readonly theirOffsetAtStart: number;
}

/** PostgreSQL's calendar and clocks know nothing of ours: its own interval arithmetic, its own copy of the zones. */
describe('the n-th occurrence', () => {
  let database: TestDatabase;
  let client: Client;
  let zones: string[] = [];

  beforeAll(async () => {
    database = await createTestDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>('SELECT name FROM pg_timezone_names');
    const theirs = new Set(rows.map(({ name }) => name));
    zones = Intl.supportedValuesOf('timeZone').filter((zone) => theirs.has(zone));
  }, 60_000);
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  it(
    'is the one PostgreSQL adds up',
    async () => {
      const explained = { repeatedHour: 0, otherZoneData: 0 };
      let [compared, seed] = [0, 1];
      while (compared < CASES) {
        const cases = fc.sample(anyCase(zones), { numRuns: BATCH, seed }).flatMap((asked) => {
          const { unit, every, zone, startAt, number } = asked;
          const recurrence: Recurrence = { every, unit, timeZone: zone };
          // A start within a repeated hour is before or after the time of day it names.
          const isFirst = occurrenceAt(recurrence, startAt, 1).getTime() === startAt.getTime();
          return isFirst ? [{ ...asked, ours: occurrenceAt(recurrence, startAt, number) }] : [];
        });
        const { rows } = await client.query<Answer>(ORACLE, [
          JSON.stringify(
            cases.map(({ unit, every, zone, startAt, number, ours }, n) => ({
              ...{ n, zone, start: startAt, ours },
              step: `${every * (number - 1)} ${UNITS[unit]}`,
            })),
          ),
        ]);
        for (const answer of rows) {
          const { ours, startAt, zone } = cases[answer.n]!;
          const offset = (at: Date): number => DateTime.fromJSDate(at, { zone }).offset;
          if (ours.getTime() === answer.theirs.getTime()) continue;
          const isOtherData =
            offset(ours) !== answer.theirOffset || offset(startAt) !== answer.theirOffsetAtStart;
          if (isOtherData) explained.otherZoneData += 1;
          // Of two instants with the same time on the wall we take the first, PostgreSQL the second.
          else if (answer.oursOnTheirWall === answer.theirsOnTheirWall && ours < answer.theirs)
            explained.repeatedHour += 1;
          else expect([cases[answer.n], answer]).toEqual('an explanation');
        }
        compared += rows.length;
        seed += 1;
      }
      expect(explained.repeatedHour + explained.otherZoneData).toBeLessThan(compared / 20);
    },
    LONG_RUN_MS,
  );
});
