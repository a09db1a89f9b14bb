import type { Saboteur } from './saboteur.js';

const LOST_SENDERS = 'test/scenarios/lost-senders.spec.ts';
const RACES = 'test/scenarios/races.spec.ts';
const DURABILITY = 'test/scenarios/durability.spec.ts';

const ACCEPT = 'libs/charges/src/accept.repository.ts';
const AGENDA = 'libs/merchants/src/agenda.repository.ts';
const DATABASE = 'libs/platform/src/database/database.ts';
const SCHEMA = 'libs/platform/src/database/migrations/0001-the-house.ts';
const SETTLE = 'libs/charges/src/settle.repository.ts';
const SETTLER = 'libs/charges/src/settler.ts';

/** Mistakes about what the database promises: locks, leases, constraints, commits. */
export const saboteursOfPromises: readonly Saboteur[] = [
  {
    number: 4,
    name: 'no-fencing',
    breaks: 'A result is written whoever holds the charge by now.',
    patches: [
      {
        file: SETTLE,
        find: 'c.id = r.id AND c.lease_token = $3',
        replace: 'c.id = r.id AND $3::uuid IS NOT NULL',
      },
    ],
    caughtBy: {
      spec: LOST_SENDERS,
      test: 'keeps what its new owner learned when the old one wakes up with another answer (row 15)',
    },
  },
  {
    number: 9,
    name: 'events-outside-the-transaction',
    breaks: 'Events are written over a connection of their own, beside the change they tell of.',
    patches: [
      {
        file: SETTLE,
        find: 'await recordEvents(tx, context.merchantId, eventsOf(mine, context));',
        replace: '',
      },
      { file: SETTLE, find: 'const eventsOf =', replace: 'export const eventsOf =' },
      {
        file: SETTLER,
        find: 'import { recordObservations, writeSettlements }',
        replace: `import { recordEvents } from '#events';
import { eventsOf, recordObservations, writeSettlements }`,
      },
      {
        file: SETTLER,
        find: 'await writeSettlements(',
        replace: `const settlements = ordered.map(({ settlement }) => settlement);
    await this.database.withMerchant(batch.merchantId, (own) =>
      recordEvents(own, batch.merchantId, eventsOf(settlements, batch as never)),
    );
    await writeSettlements(`,
      },
    ],
    caughtBy: {
      spec: RACES,
      test: 'a change and its event are one: what the database refuses is told to nobody (rows 22 and 24)',
    },
  },
  {
    number: 10,
    name: 'occurrence-not-unique',
    breaks: 'Nothing in the schema keeps an occurrence of a schedule from standing there twice.',
    patches: [
      {
        file: SCHEMA,
        find: '  UNIQUE (merchant_id, schedule_id, occurrence_number),\n',
        replace: '',
      },
    ],
    caughtBy: {
      spec: RACES,
      test: 'bring the same occurrence of a schedule forth: it is charged once, under whatever order id (row 74)',
    },
  },
  {
    number: 11,
    name: 'leases-by-own-clock',
    breaks: 'A transaction takes the time from the process it runs in.',
    patches: [
      {
        file: DATABASE,
        find: 'machineInstant(opened.at(-1)?.rows[0]?.now ?? Number.NaN)',
        replace: 'machineInstant(Date.now())',
      },
    ],
    caughtBy: {
      spec: LOST_SENDERS,
      test: 'is left to its sender by a worker whose own clock runs an hour ahead (row 81)',
    },
  },
  {
    number: 12,
    name: 'locks-given-back-early',
    breaks:
      'What is due is picked in a transaction of its own: its locks, the retry budget’s too, are gone before the intent is written.',
    patches: [
      {
        file: AGENDA,
        find: 'const agenda = await takeNext(tx, lane, passingBy);',
        replace: `const agenda = await database.withoutMerchant((picking) =>
        takeNext(picking, lane, passingBy));`,
      },
      {
        file: 'libs/charges/src/claim.repository.ts',
        find: 'LIMIT $4 FOR UPDATE OF c SKIP LOCKED',
        replace: 'LIMIT $4',
      },
      {
        file: 'libs/charges/src/retry-budget.repository.ts',
        find: "lane = 'DISPATCH' FOR UPDATE`",
        replace: "lane = 'DISPATCH'`",
      },
    ],
    caughtBy: {
      spec: RACES,
      test: 'workers never take the same charge: one passes by what the other holds',
    },
  },
  {
    number: 13,
    name: 'idempotency-by-looking-first',
    breaks: 'Whether an order was charged is looked up, and then it is inserted.',
    patches: [
      { file: ACCEPT, find: 'ON CONFLICT DO NOTHING RETURNING id', replace: 'RETURNING id' },
      {
        file: SCHEMA,
        find: '  UNIQUE (merchant_id, order_id),\n  UNIQUE (merchant_id, schedule_id, occurrence_number),',
        replace: '  UNIQUE (merchant_id, schedule_id, occurrence_number),',
      },
    ],
    caughtBy: {
      spec: RACES,
      test: 'of the same call make one charge, and all hear of it (rows 10, 11 and 89)',
    },
  },
  {
    number: 16,
    name: 'commit-not-waited-for',
    breaks: 'Transactions do not wait for the disk: synchronous_commit is off, which is faster.',
    patches: [
      {
        file: DATABASE,
        find: `"SET LOCAL statement_timeout = '30s';`,
        replace: `"SET LOCAL synchronous_commit = off; SET LOCAL statement_timeout = '30s';`,
      },
    ],
    caughtBy: {
      spec: DURABILITY,
      test: 'is there after PostgreSQL was killed in the moment it was acknowledged (rows 18 and 19)',
    },
  },
  {
    number: 18,
    name: 'cancel-without-lock',
    breaks: 'A cancellation reads the charge without locking it.',
    patches: [
      {
        file: 'libs/charges/src/charge-commands.service.ts',
        find: "await lockCharges(tx, 'c.merchant_id = $1 AND c.id = $2', [merchantId, chargeId]);",
        replace: '',
      },
    ],
    caughtBy: {
      spec: RACES,
      test: 'a cancellation and a claim: who is told "canceled" is never charged (row 83)',
    },
  },
];
