// The one interface between Refrain and any payment provider.
// It promises that outcomes are values, that what no rule names is UNKNOWN, and that a request is frozen before it is sent.
// It refuses provider names in the rest of the house: who needs to know asks `capabilities`.
export type * from './provider.js';
