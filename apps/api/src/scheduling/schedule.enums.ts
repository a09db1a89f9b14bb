import { registerEnumType } from '@nestjs/graphql';
import { CATCH_UPS, PREVIOUS_OPEN_CHOICES } from '#charges';
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

export const CatchUpEnum = enumOf(CATCH_UPS);
registerEnumType(CatchUpEnum, {
  name: 'CatchUp',
  description:
    'What of the occurrences that fell due while nothing ran is charged afterwards. What is not is SKIPPED, with the reason. Moving a test clock is not such a time.',
});

export const WhenPreviousOpenEnum = enumOf(PREVIOUS_OPEN_CHOICES);
registerEnumType(WhenPreviousOpenEnum, {
  name: 'WhenPreviousOpen',
  description:
    'What becomes of an occurrence that falls due while an earlier one is not settled. WAIT: it is charged once that one is. SKIP: it is SKIPPED, with the reason.',
});

export const CancelWhenEnum = enumOf(['NOW', 'PERIOD_END']);
registerEnumType(CancelWhenEnum, {
  name: 'CancelWhen',
  description: 'PERIOD_END: when the next occurrence would have fallen due.',
});

export const DueMeanwhileEnum = enumOf(['SKIP', 'CHARGE']);
registerEnumType(DueMeanwhileEnum, {
  name: 'DueMeanwhile',
  description: 'What becomes of occurrences that fell due while the schedule was paused.',
});

export const ClockOperationStatusEnum = enumOf(['RUNNING', 'COMPLETED', 'FAILED']);
registerEnumType(ClockOperationStatusEnum, { name: 'ClockOperationStatus' });
