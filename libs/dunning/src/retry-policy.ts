import { isTimeOfDay, isTimeZone, type FailureClass } from '#kernel';
import { refusal, type Refusal } from '#merchants';

/** When a failed charge is tried again: so long after the failure before, or at a time of day so many local days after the first one. */
export type RetryStep =
  { readonly afterSeconds: number } | { readonly day: number; readonly timeOfDay: string };

/** The classes whose failures are tried again. HARD never is; KEY waits for another card. */
export const RETRIED_CLASSES = ['SOFT', 'TRANSIENT', 'CONFIGURATION'] as const;
export type RetriedClass = Extract<FailureClass, (typeof RETRIED_CLASSES)[number]>;

/** What becomes of the schedule when a charge of its is given up for what the bank said: every SOFT step used up, or HARD. Whatever the
 * policy says it goes on after the others: a KEY failure waits for a card that the schedule will need, and an outage or settings of ours
 * must not end what a customer agreed to. */
export const POLICY_ENDS = ['GO_ON', 'PAUSE_SCHEDULE', 'CANCEL_SCHEDULE'] as const;
export type PolicyEnd = (typeof POLICY_ENDS)[number];

/** What happens after a failed charge: one version of it, whole. */
export interface RetryPolicy {
  /** Absent: a preset of this build. */
  readonly version: number | null;
  /** Steps that the customer's bank uses up. */
  readonly soft: readonly RetryStep[];
  /** Nobody's fault: counted apart, from one decided attempt to the next. */
  readonly transient: readonly RetryStep[];
  /** Our settings are wrong: a person is told, and it is tried again when they may have mended it. */
  readonly configuration: readonly RetryStep[];
  /** Where the steps' times of day are told; a charge of a schedule takes the schedule's own zone. */
  readonly timeZone: string;
  readonly atEnd: PolicyEnd;
}

const HOUR = 3_600;
const DAY = 86_400;

const after = (...seconds: number[]): RetryStep[] =>
  seconds.map((afterSeconds) => ({ afterSeconds }));
const onDays = (timeOfDay: string, ...days: number[]): RetryStep[] =>
  days.map((day) => ({ day, timeOfDay }));

/** Tried soon, slower each time; given up after about three days of it. */
const TRANSIENT = after(60, 300, 900, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, DAY);
const CONFIGURATION = after(600, HOUR, 6 * HOUR, DAY, DAY);
const OTHERS = {
  version: null,
  transient: TRANSIENT,
  configuration: CONFIGURATION,
  timeZone: 'UTC',
  atEnd: 'GO_ON',
} as const;

/** Where most merchants begin. Each stays far under every network's limit. */
export const RETRY_PRESETS = {
  /** Pay day is rarely more than a week away: four attempts in eleven days. */
  STANDARD: { ...OTHERS, soft: after(DAY, 3 * DAY, 7 * DAY) },
  /** For small amounts: once more, on the third day. */
  GENTLE: { ...OTHERS, soft: after(3 * DAY) },
  /** In the morning, when accounts have been paid into: five attempts in a week. */
  MORNINGS: { ...OTHERS, soft: onDays('09:00', 1, 3, 5, 7) },
  /** Over a whole month, so that any pay day falls into it: eight attempts in four weeks. */
  PATIENT: { ...OTHERS, soft: onDays('09:00', 1, 3, 5, 7, 14, 21, 28) },
  /** Not even what is nobody's fault is tried again. */
  NONE: { ...OTHERS, soft: [], transient: [], configuration: [] },
} as const satisfies Record<string, RetryPolicy>;
export type RetryPreset = keyof typeof RETRY_PRESETS;

/** Of a charge that names no policy. */
export const STANDARD_POLICY: RetryPolicy = RETRY_PRESETS.STANDARD;
/** Of bulk items whose bulk names no policy. */
export const NO_RETRY: RetryPolicy = RETRY_PRESETS.NONE;

/** More than any network allows in a month. */
const STEPS_MAX = 20;
/** A month for the bank's own reasons and another to spare; later the charge is a debt, not a payment. */
const LAST_DAY_MAX = 60;
const AFTER_MIN_SECONDS = 60;

export type PolicyRefusal = Refusal<'INVALID_INPUT'>;

/** What is wrong with a policy; a step's field is told with its place. */
export const checkRetryPolicy = (policy: RetryPolicy): PolicyRefusal[] => [
  ...(isTimeZone(policy.timeZone)
    ? []
    : [refuse(['timeZone'], 'expected a name of the IANA time zone database, such as Asia/Seoul')]),
  ...checkSteps('soft', policy.soft),
  ...checkSteps('transient', policy.transient),
  ...checkSteps('configuration', policy.configuration),
];

const refuse = (field: readonly string[], message: string): PolicyRefusal =>
  refusal('INVALID_INPUT', field, message);

const checkSteps = (field: string, steps: readonly RetryStep[]): PolicyRefusal[] => {
  if (steps.length > STEPS_MAX)
    return [refuse([field], `expected at most ${STEPS_MAX} steps, found ${steps.length}`)];
  const problems = steps.flatMap((step, index) => checkStep([field, String(index)], step));
  return problems.length > 0 ? problems : checkOrder(field, steps);
};

const checkStep = (field: string[], step: RetryStep): PolicyRefusal[] => {
  const most = LAST_DAY_MAX * DAY;
  if ('afterSeconds' in step)
    return isWithin(step.afterSeconds, AFTER_MIN_SECONDS, most)
      ? []
      : [
          refuse(
            [...field, 'afterSeconds'],
            `expected ${AFTER_MIN_SECONDS} to ${most}, found ${step.afterSeconds}`,
          ),
        ];
  return [
    ...(isWithin(step.day, 1, LAST_DAY_MAX)
      ? []
      : [refuse([...field, 'day'], `expected 1 to ${LAST_DAY_MAX}, found ${step.day}`)]),
    ...(isTimeOfDay(step.timeOfDay)
      ? []
      : [refuse([...field, 'timeOfDay'], 'expected HH:MM from 00:00 to 23:59')]),
  ];
};

/** Local times come one after the other, and all steps together end. */
const checkOrder = (field: string, steps: readonly RetryStep[]): PolicyRefusal[] => {
  const places = steps.flatMap((step, index) =>
    'day' in step
      ? [{ index, place: `${String(step.day).padStart(3, '0')} ${step.timeOfDay}` }]
      : [],
  );
  const early = places.find(({ place }, at) => at > 0 && place <= (places[at - 1]?.place ?? ''));
  if (early)
    return [
      refuse([field, String(early.index)], 'expected a later day or time than the step before'),
    ];
  const seconds = steps.reduce(
    (sum, step) => sum + ('afterSeconds' in step ? step.afterSeconds : 0),
    0,
  );
  return seconds <= LAST_DAY_MAX * DAY
    ? []
    : [refuse([field], `expected the steps to end within ${LAST_DAY_MAX} days`)];
};

const isWithin = (value: number, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= least && value <= most;
