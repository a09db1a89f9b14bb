import { registerEnumType } from '@nestjs/graphql';
import { CHARGE_STATES } from '#charges';
import { FAILURE_CODES } from '#kernel';

const enumOf = <Value extends string>(values: readonly Value[]) =>
  Object.fromEntries(values.map((value) => [value, value])) as { [Each in Value]: Each };

export const ChargeStatus = enumOf(CHARGE_STATES);
registerEnumType(ChargeStatus, { name: 'ChargeStatus' });

export const FailureCodeEnum = enumOf(FAILURE_CODES);
registerEnumType(FailureCodeEnum, {
  name: 'FailureCode',
  description: 'One vocabulary for all providers.',
});

export const FailureClassEnum = enumOf(['SOFT', 'HARD', 'KEY', 'TRANSIENT', 'CONFIGURATION']);
registerEnumType(FailureClassEnum, {
  name: 'FailureClass',
  description:
    'SOFT: try later. HARD: never again on this key. KEY: the key needs updating. TRANSIENT: nobody’s fault. CONFIGURATION: ours.',
});

export const AttemptOutcome = enumOf([
  'NOT_SENT',
  'REJECTED',
  'DECLINED',
  'SUCCEEDED',
  'PENDING',
  'UNKNOWN',
  'DUPLICATE_CAPTURE',
]);
registerEnumType(AttemptOutcome, { name: 'AttemptOutcome' });

export const RefundStatus = enumOf(['PENDING', 'UNKNOWN', 'SUCCEEDED', 'FAILED']);
registerEnumType(RefundStatus, { name: 'RefundStatus' });

export const RefundOrigin = enumOf(['MERCHANT', 'OPERATOR', 'PROVIDER']);
registerEnumType(RefundOrigin, {
  name: 'RefundOrigin',
  description: 'PROVIDER: made in the provider’s own console.',
});

export const ResolveOutcome = enumOf(['SUCCEEDED', 'FAILED', 'NEVER_HAPPENED']);
registerEnumType(ResolveOutcome, {
  name: 'ResolveOutcome',
  description: 'NEVER_HAPPENED: it is sent again.',
});
