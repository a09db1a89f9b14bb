/** Long enough to be put aside by whoever else is busy. */
const SAMPLE_MS = 600;
/** Beyond this a run takes too long to be of use; it goes on all the same. */
const SLOWEST = 4;

/**
 * How much slower than a machine of its own this one is just now: wall time over the processor time we got. The times of a run stretch by it,
 * so that a busy machine sees the same stories, only later.
 */
export const measurePace = (): number => {
  const began = performance.now();
  const cpu = process.cpuUsage();
  while (performance.now() - began < SAMPLE_MS);
  const { user, system } = process.cpuUsage(cpu);
  const ratio = (performance.now() - began) / ((user + system) / 1_000);
  return Math.min(SLOWEST, Math.max(1, Math.round(ratio * 2) / 2));
};
