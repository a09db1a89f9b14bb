import { refusal } from '#merchants';

import {
  checkRetryPolicy,
  type PolicyEnd,
  type PolicyRefusal,
  type RetryPolicy,
  type RetryStep,
} from './retry-policy.js';

/** A step as it is asked for: `afterSeconds`, or `day` and `timeOfDay`. */
export interface StepRequest {
  readonly afterSeconds?: number | null;
  readonly day?: number | null;
  readonly timeOfDay?: string | null;
}

/** A policy as it is asked for; what is absent stays as in the policy it begins from. */
export interface PolicyRequest {
  readonly soft?: readonly StepRequest[] | null;
  readonly transient?: readonly StepRequest[] | null;
  readonly configuration?: readonly StepRequest[] | null;
  readonly timeZone?: string | null;
  readonly atEnd?: PolicyEnd | null;
}

export type PolicyReading =
  | { readonly kind: 'READ'; readonly policy: RetryPolicy }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly PolicyRefusal[] };

/** The policy that a request makes of another one, or what is wrong with it. */
export const readPolicy = (request: PolicyRequest, from: RetryPolicy): PolicyReading => {
  const unclear = (['soft', 'transient', 'configuration'] as const).flatMap((field) =>
    (request[field] ?? []).flatMap((step, index) =>
      stepOf(step)
        ? []
        : [
            refusal(
              'INVALID_INPUT',
              [field, String(index)],
              'expected either afterSeconds, or day and timeOfDay',
            ),
          ],
    ),
  );
  if (unclear.length > 0) return { kind: 'REFUSED', refusals: unclear };
  const stepsOf = (steps: readonly StepRequest[] | null | undefined) =>
    steps?.flatMap((step) => stepOf(step) ?? []);
  const policy: RetryPolicy = {
    version: from.version,
    soft: stepsOf(request.soft) ?? from.soft,
    transient: stepsOf(request.transient) ?? from.transient,
    configuration: stepsOf(request.configuration) ?? from.configuration,
    timeZone: request.timeZone ?? from.timeZone,
    atEnd: request.atEnd ?? from.atEnd,
  };
  const refusals = checkRetryPolicy(policy);
  return refusals.length > 0 ? { kind: 'REFUSED', refusals } : { kind: 'READ', policy };
};

const stepOf = ({ afterSeconds, day, timeOfDay }: StepRequest): RetryStep | undefined => {
  if (afterSeconds != null) return day == null && timeOfDay == null ? { afterSeconds } : undefined;
  return day != null && timeOfDay != null ? { day, timeOfDay } : undefined;
};
