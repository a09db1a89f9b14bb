import { registerEnumType } from '@nestjs/graphql';
import { NETWORKS, POLICY_ENDS, RETRY_PRESETS, type RetryPreset } from '#dunning';

const enumOf = <Value extends string>(values: readonly Value[]) =>
  Object.fromEntries(values.map((value) => [value, value])) as { [Each in Value]: Each };

export const RetryPresetEnum = enumOf(Object.keys(RETRY_PRESETS) as RetryPreset[]);
registerEnumType(RetryPresetEnum, {
  name: 'RetryPreset',
  description:
    'STANDARD: after 1, 3 and 7 days. GENTLE: once, after 3 days. MORNINGS: at 09:00 on days 1, 3, 5 and 7. PATIENT: at 09:00 on days 1, 3, 5, 7, 14, 21 and 28. NONE: nothing is tried again.',
});

export const PolicyEndEnum = enumOf(POLICY_ENDS);
registerEnumType(PolicyEndEnum, {
  name: 'PolicyEnd',
  description:
    'What becomes of the schedule when a charge of its is given up for what the bank said: every SOFT step used up, or HARD. After KEY, TRANSIENT and CONFIGURATION failures it goes on in any case: one waits for another card, the others are not the customer’s doing.',
});

export const NetworkEnum = enumOf(NETWORKS);
registerEnumType(NetworkEnum, {
  name: 'CardNetwork',
  description: 'Whose limits hold. OTHER: the tightest of them.',
});
