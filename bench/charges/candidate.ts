import type { Cluster } from '../lab/cluster.js';
import type { Redis } from '../lab/redis.js';
import type { Part } from '../lab/process.js';
import type { Provider, Sandbox } from '../lab/sandbox.js';

/** What every candidate is given for one turn: a fresh sandbox and the one server they all share. */
export interface Lab {
  /** Where whatever is kept for the turn lies. */
  readonly dir: string;
  readonly cluster: Cluster;
  readonly sandbox: Sandbox;
  readonly redis: Redis | undefined;
  /** How many calls may be under way at once. */
  readonly concurrency: number;
}

/** Charges that fall due together. */
export interface DueCharges {
  /** Billing keys at the sandbox, one for each charge. */
  readonly keys: readonly string[];
  /** With which all their order ids begin. */
  readonly prefix: string;
  readonly at: Date;
}

/** A candidate that is up and waits. */
export interface Runner {
  /** Its processes; those of the server and the sandbox are counted apart. */
  readonly parts: readonly Part[];
  /** The database whose commits are counted. */
  readonly database: string;
  /** Writes down one charge for each key, all due at that time, as it would stand there since the month before; settles when all is written. It
   * is not measured. */
  plan(due: DueCharges): Promise<void>;
  /** What has to be said when they are due, of what does not begin by itself. */
  release?(prefix: string): Promise<void>;
  /** How many of those are settled, with their next occurrence and their event. */
  settled(prefix: string): Promise<number>;
  close(): Promise<void>;
}

export interface Candidate {
  /** By which its figures are known. */
  readonly key: string;
  /** As a person reads it. */
  readonly name: string;
  readonly needsRedis?: boolean;
  /** Absent: PORTONE. */
  readonly provider?: Provider;
  /** It charges one after the other, and is given fewer. */
  readonly isOneByOne?: boolean;
  /** Planning so many takes no longer than this, in seconds. */
  planSeconds(count: number): number;
  open(lab: Lab): Promise<Runner>;
}
