/** Machine time: the database's `clock_timestamp()`, read once at the start of a transaction. Leases, deadlines, looks, rate buckets. */
export type MachineInstant = Date & { readonly clock: 'machine' };
/** Business time: the provider account's clock (real, or a test clock). Due times, occurrences, retry steps, times on rows. */
export type BusinessInstant = Date & { readonly clock: 'business' };

export const machineInstant = (at: Date | number): MachineInstant => new Date(at) as MachineInstant;
export const businessInstant = (at: Date | number | string): BusinessInstant =>
  new Date(at) as BusinessInstant;

/** What one account's clock shows. `offsetMs` only grows, and is 0 on a real clock. */
export const businessTimeOf = (machine: MachineInstant, offsetMs: number): BusinessInstant =>
  businessInstant(machine.getTime() + offsetMs);
/** When that will be by the machine's clock, if nobody moves the account's. */
export const machineTimeOf = (business: BusinessInstant, offsetMs: number): MachineInstant =>
  machineInstant(business.getTime() - offsetMs);

/** The same instant, so much later, on the same clock. */
export const after = <I extends Date>(at: I, seconds: number): I =>
  new Date(at.getTime() + seconds * 1000) as I;

/** What this machine's clock shows: only to tell whether it agrees with the database's, by which everything is done. */
export const processTimeMs = (): number => Date.now();
/** How far the database's clock is at least from ours, which was read before and after it. */
export const clocksApartMs = (
  theirs: Date,
  ours: { readonly beforeMs: number; readonly afterMs: number },
): number => Math.max(0, ours.beforeMs - theirs.getTime(), theirs.getTime() - ours.afterMs);

/** Monotonic milliseconds of this process: for deadlines that a clock set back must not stretch. */
export const monotonicMs = (): number => performance.now();
