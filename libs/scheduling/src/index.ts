// Scheduling: plans that bring forth charges, kept by the provider or by us, changed without a double or a gap.
// It promises that occurrence n comes into being once, at the time computed from its anchor, and that what a provider holds is taken back on its word only.
// It refuses to charge: it asks the door.
export { CardChanges, type CardChange } from './card-changes.service.js';
export { type CardHolder } from './card-change.repository.js';
export type { ClockOperation, ClockOutcome } from './clock-operation.js';
export { FORECAST_STEPS, type ForecastBucket, type ForecastStep } from './forecast.js';
export { Forecasts } from './forecast.service.js';
export {
  countLiveWork,
  LiveWork,
  type LiveWorkCount,
  type LiveWorkLeft,
} from './live-work.service.js';
export { OccurrenceMaterialiser } from './occurrence.materialiser.js';
export type { ScheduleChange } from './schedule-changes.service.js';
export type { ScheduleRefusal } from './schedule-check.js';
export { ScheduleCommands, type CancelWhen } from './schedule-commands.service.js';
export type { DueMeanwhile } from './schedule-pause.js';
export type { UpdateSchedule } from './schedule-update.js';
export {
  EXECUTIONS,
  SCHEDULE_STATUSES,
  type Execution,
  type Schedule,
  type ScheduleStatus,
} from './schedule.js';
export { ScheduleRegistrar } from './schedule.registrar.js';
export type { ScheduleFilter } from './schedule-list.repository.js';
export {
  Schedules,
  type CreateSchedule,
  type Preview,
  type ScheduleCreation,
} from './schedules.service.js';
export { SchedulingModule } from './scheduling.module.js';
export { TestClockAdvancer } from './test-clock.advancer.js';
export { TestClocks, type ClockAnswer } from './test-clock.service.js';
