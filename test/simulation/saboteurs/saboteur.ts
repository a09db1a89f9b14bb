import type { Patch } from '../test-build/patch.js';

/** A mistake that a colleague could make, and what tells us of it. It exists in a test build alone. */
export interface Saboteur {
  /** 1–18 of the list it comes from (docs/reliability.md). */
  readonly number: number;
  readonly name: string;
  /** What is wrong with the product when it is in, as whoever made it would have put it. */
  readonly breaks: string;
  readonly patches: readonly Patch[];
  readonly caughtBy: NamedScenario | { readonly seeds: number };
}

export interface NamedScenario {
  /** From the root of the repository. */
  readonly spec: string;
  /** The test's own name. */
  readonly test: string;
}
