import {
  afterLook,
  forestalledBy,
  isDecisive,
  isFirstAnswerAgain,
  judge,
  refundAnswered,
  refundRead,
  resolvedBy,
  settle,
  unbookedRefunds,
} from '#charges';

/** The house's own decisions, by name, so that a test can break one and see whether the model notices. */
export const DECISIONS = {
  settle,
  judge,
  afterLook,
  isDecisive,
  isFirstAnswerAgain,
  forestalledBy,
  resolvedBy,
  refundAnswered,
  refundRead,
  unbookedRefunds,
};
export type Decisions = typeof DECISIONS;

/** What else the house keeps to: the constants as an operator finds them, and the rules that stand in SQL. */
export const HOUSE_RULES = {
  leaseSeconds: 90,
  sendDeadlineSeconds: 35,
  quietPeriodSeconds: 600,
  looksSeconds: [10, 30, 120, 300, 600, 1_800] as readonly number[],
  /** `WHERE lease_token = $3` stands in every statement that writes a result. */
  isFenced: true,
  /** Before a retry everything earlier is asked about. */
  asksEarlier: true,
  /** A look asks for the payments of earlier attempts too, by their ids. */
  looksAtEarlier: true,
  /** A sender looks at the clock before it sends: whoever takes over must not be overtaken. */
  checksDeadline: true,
};
export type HouseRules = typeof HOUSE_RULES;
