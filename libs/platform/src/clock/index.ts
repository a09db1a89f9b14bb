// The two clocks as two types: machine time and business time.
// It promises that nobody mixes them: the compiler refuses one where the other is expected.
// It refuses the wall clock of this process but to compare it: machine time comes from the database.
export {
  after,
  businessInstant,
  businessTimeOf,
  clocksApartMs,
  machineInstant,
  machineTimeOf,
  monotonicMs,
  processTimeMs,
  type BusinessInstant,
  type MachineInstant,
} from './clock.js';
