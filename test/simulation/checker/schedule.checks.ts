import { groupBy, type Check } from './indexed.js';

/** Each occurrence is one charge, at most. */
const C1: Check = ({ charges }) =>
  [
    ...groupBy(
      charges.filter((row) => row.schedule_id !== null),
      (row) => `${row.schedule_id} ${row.occurrence_number}`,
    ),
  ].flatMap(([occurrence, rows]) =>
    rows.length > 1 ? [`the occurrence ${occurrence} is ${rows.length} charges`] : [],
  );

/** No occurrence that fell due is missing: numbers have no gap, and a schedule that is over had them all. */
const C2: Check = ({ schedules, charges, accounts }) => {
  const offsets = new Map(accounts.map((row) => [row['id'], Number(row['clock_offset_ms'])]));
  const bySchedule = groupBy(charges, (row) => row.schedule_id);
  return schedules.flatMap((schedule) => {
    const id = schedule['id'] as string;
    const numbers = (bySchedule.get(id) ?? [])
      .map((row) => row.occurrence_number ?? 0)
      .sort((a, b) => a - b);
    const hole = numbers.find((number, n) => number !== n + 1);
    const most =
      schedule['recurrence'] === null ? 1 : (schedule['max_occurrences'] as number | null);
    const now = Date.now() + (offsets.get(schedule['provider_account_id']) ?? 0);
    const due = schedule['next_due_at'] as Date | null;
    const isLate = schedule['status'] === 'ACTIVE' && due !== null && due.getTime() <= now;
    return [
      ...(hole ? [`the schedule ${id} lacks an occurrence before number ${hole}`] : []),
      ...(schedule['status'] === 'COMPLETED' && most !== null && numbers.length < most
        ? [`the schedule ${id} is over after ${numbers.length} of ${most}`]
        : []),
      ...(isLate
        ? [`the schedule ${id} has not brought what fell due at ${due.toISOString()}`]
        : []),
    ];
  });
};

export const scheduleChecks = { C1, C2 };
