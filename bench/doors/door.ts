import type { Cluster } from '../lab/cluster.js';
import type { Part } from '../lab/process.js';
import type { Knock } from './load.js';

/** What is asked at each door: a provider's webhook, a page of twenty charges, a new charge. */
export const ERRANDS = ['webhook', 'list', 'create'] as const;
export type Errand = (typeof ERRANDS)[number];

export interface OpenDoor {
  readonly url: string;
  readonly parts: readonly Part[];
  readonly request: Readonly<Record<Errand, (n: number) => Knock>>;
  readonly isAccepted: Readonly<Record<Errand, (body: string) => boolean>>;
  /** How many rows of each kind are in its tables: what was accepted must be there. */
  stored(errand: Exclude<Errand, 'list'>): Promise<number>;
  close(): Promise<void>;
}

export interface Door {
  /** By which its figures are known. */
  readonly key: string;
  /** As a person reads it. */
  readonly name: string;
  /** With so many charges in its tables. */
  open(
    lab: { readonly dir: string; readonly cluster: Cluster },
    history: number,
  ): Promise<OpenDoor>;
}

/** As PortOne tells of a payment. */
export const webhookOf = (n: number): string =>
  JSON.stringify({ imp_uid: `imp_${n}`, merchant_uid: `order${n}`, status: 'paid' });

export const JSON_HEADERS = { 'content-type': 'application/json' };
