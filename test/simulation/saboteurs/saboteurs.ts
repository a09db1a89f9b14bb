import type { Saboteur } from './saboteur.js';
import { saboteursOfPromises } from './of-promises.js';
import { saboteursOfTheWire } from './of-the-wire.js';

/** All eighteen, by number. Each exists in a test build alone, and each has to be caught. */
export const SABOTEURS: readonly Saboteur[] = [
  ...saboteursOfTheWire,
  ...saboteursOfPromises,
].toSorted((a, b) => a.number - b.number);
