import type { Cluster } from '../lab/cluster.js';
import { cpuSecondsOf, peakRssMib } from '../lab/process.js';
import { ERRANDS, type Door, type Errand, type OpenDoor } from './door.js';
import { knock, type Load } from './load.js';

/** As many as a small fleet of callers keeps open. */
const CONNECTIONS = 50;
/** What a small merchant has after a year. */
const HISTORY = 10_000;

export interface DoorSizes {
  readonly requests: number;
  readonly warmUp: number;
}

export interface Visit extends Load {
  /** Of the door and of the database server. */
  readonly cpuMsPerRequest: number;
  readonly peakRssMib: number;
}

/** One round, by door and errand. */
export type DoorRound = Readonly<Record<string, Readonly<Record<Errand, Visit>>>>;

interface Setting {
  readonly dir: string;
  readonly cluster: Cluster;
  readonly doors: readonly Door[];
  readonly sizes: DoorSizes;
  readonly say: (sentence: string) => void;
}

const visit = async (
  open: OpenDoor,
  { cluster, sizes }: Setting,
  errand: Errand,
): Promise<Visit> => {
  const go = (count: number, from: number) =>
    knock(open.url, {
      ...{ count, connections: CONNECTIONS, isAccepted: open.isAccepted[errand] },
      request: (n) => open.request[errand](from + n),
    });
  await go(sizes.warmUp, 0);
  const pids = [cluster.pid, ...open.parts.map(({ pid }) => pid)];
  const cpu = () => pids.map(cpuSecondsOf).reduce((sum, one) => sum + one, 0);
  const before = cpu();
  const load = await go(sizes.requests, sizes.warmUp);
  const cpuMsPerRequest = ((cpu() - before) * 1_000) / sizes.requests;
  if (errand !== 'list') {
    const [stored, sent] = [await open.stored(errand), sizes.requests + sizes.warmUp];
    if (stored !== sent) throw new Error(`expected ${sent} rows of ${errand}, found ${stored}`);
  }
  return {
    ...{ ...load, cpuMsPerRequest },
    peakRssMib: Math.max(...open.parts.map(({ pid }) => peakRssMib(pid))),
  };
};

/** Every door in turn, each with a database of its own; the order is turned around from round to round. */
export const visitOnce = async (setting: Setting, isTurned: boolean): Promise<DoorRound> => {
  const { doors, say } = setting;
  const round: Record<string, Record<Errand, Visit>> = {};
  for (const door of isTurned ? doors.toReversed() : doors) {
    const open = await door.open(setting, HISTORY);
    try {
      const visits: Partial<Record<Errand, Visit>> = {};
      for (const errand of ERRANDS) {
        const one = await visit(open, setting, errand);
        visits[errand] = one;
        say(
          `${door.name}, ${errand}: ${Math.round(one.perSecond)} requests/s, p99 ${one.p99Ms.toFixed(1)} ms`,
        );
      }
      round[door.key] = visits as Record<Errand, Visit>;
    } finally {
      await open.close();
    }
  }
  return round;
};
