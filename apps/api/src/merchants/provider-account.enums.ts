import { registerEnumType } from '@nestjs/graphql';
import {
  ACCOUNT_MODES,
  CLOCK_MODES,
  DUPLICATE_CAPTURE_POLICIES,
  PROVIDER_NAMES,
  REPLAY_SETTINGS,
} from '#merchants';

const enumOf = <Value extends string>(values: readonly Value[]) =>
  Object.fromEntries(values.map((value) => [value, value])) as { [Each in Value]: Each };

export const ProviderEnum = enumOf(PROVIDER_NAMES);
export const AccountModeEnum = enumOf(ACCOUNT_MODES);
export const ClockModeEnum = enumOf(CLOCK_MODES);
export const ReplayEnum = enumOf(REPLAY_SETTINGS);
export const DuplicateCapturePolicyEnum = enumOf(DUPLICATE_CAPTURE_POLICIES);
export const AccessStatusEnum = enumOf(['WORKING', 'REFUSED', 'UNAVAILABLE'] as const);
export type AccessStatus = keyof typeof AccessStatusEnum;

registerEnumType(ProviderEnum, { name: 'ProviderName' });
registerEnumType(AccountModeEnum, { name: 'AccountMode' });
registerEnumType(ClockModeEnum, {
  name: 'ClockMode',
  description: 'REAL, or TEST: a clock that ticks with real time and can be moved ahead.',
});
registerEnumType(ReplayEnum, {
  name: 'ReplaySetting',
  description: 'Whether the provider answers an identical request again instead of executing it.',
});
registerEnumType(DuplicateCapturePolicyEnum, {
  name: 'DuplicateCapturePolicy',
  description:
    'What becomes of a capture beside the one that counts: REPORT opens an incident, REFUND also pays it back.',
});
registerEnumType(AccessStatusEnum, { name: 'AccessStatus' });
