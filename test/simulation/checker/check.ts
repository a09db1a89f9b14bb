import type { Evidence } from './evidence.js';
import { index, type Check } from './indexed.js';
import { moneyChecks } from './money.checks.js';
import { requestChecks } from './request.checks.js';
import { scheduleChecks } from './schedule.checks.js';
import { stateChecks } from './state.checks.js';

export interface Violation {
  readonly invariant: string;
  readonly what: string;
}

/** Every invariant of the reference's section 1 that applies, by its name there. */
export const CHECKS: Readonly<Record<string, Check>> = {
  ...moneyChecks,
  ...stateChecks,
  ...requestChecks,
  ...scheduleChecks,
};

export const check = (evidence: Evidence): Violation[] => {
  const indexed = index(evidence);
  return Object.entries(CHECKS).flatMap(([invariant, of]) =>
    of(indexed).map((what) => ({ invariant, what })),
  );
};
