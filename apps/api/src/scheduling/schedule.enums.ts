import { registerEnumType } from '@nestjs/graphql';
import { WEEKDAYS } from '#kernel';
import { EXECUTIONS, SCHEDULE_STATUSES } from '#scheduling';

const enumOf = <Value extends string>(values: readonly Value[]) =>
  Object.fromEntries(values.map((value) => [value, value])) as { [Each in Value]: Each };

export const ScheduleStatusEnum = enumOf(SCHEDULE_STATUSES);
registerEnumType(ScheduleStatusEnum, {
  name: 'ScheduleStatus',
  description: 'COMPLETED: its last occurrence is settled.',
});

export const ExecutionEnum = enumOf(EXECUTIONS);
registerEnumType(ExecutionEnum, {
  name: 'Execution',
  description:
    'PROVIDER_SCHEDULED: the provider holds the next occurrence and charges it. SERVICE_DISPATCHED: Refrain sends it at its time.',
});

export const RecurrenceUnitEnum = enumOf(['DAY', 'WEEK', 'MONTH', 'YEAR']);
registerEnumType(RecurrenceUnitEnum, { name: 'RecurrenceUnit' });

export const WeekdayEnum = enumOf(WEEKDAYS);
registerEnumType(WeekdayEnum, { name: 'Weekday' });

export const DueMeanwhileEnum = enumOf(['SKIP', 'CHARGE']);
registerEnumType(DueMeanwhileEnum, {
  name: 'DueMeanwhile',
  description: 'What becomes of occurrences that fell due while the schedule was paused.',
});

export const ClockOperationStatusEnum = enumOf(['RUNNING', 'COMPLETED', 'FAILED']);
registerEnumType(ClockOperationStatusEnum, { name: 'ClockOperationStatus' });
