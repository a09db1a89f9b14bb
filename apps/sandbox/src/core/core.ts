import type { FastifyRequest } from 'fastify';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Accounts } from './accounts.js';
import { AppendLog } from './append-log.js';
import type { MagicCard } from './cards.js';
import { Clock } from './clock.js';
import { Faults } from './faults.js';
import { Flusher } from './flusher.js';
import { Journal } from './journal.js';
import { Ledger, type Provider } from './ledger.js';
import { Requests } from './requests.js';
import { Store } from './store.js';
import { Switches } from './switches.js';
import { WebhookSender } from './webhooks.js';

export interface SandboxConfig {
  /** State is kept here when set. */
  dataDir?: string;
  /** The ledger's own file; else `ledger.ndjson` in the data folder, else memory. */
  ledgerFile?: string;
  /** The host that webhooks to a loopback address really go to; a container's own is nobody's. */
  loopbackHost?: string;
  /** Where a browser finds this sandbox; known once it listens. */
  publicUrl: string;
}

export type PickNewest = <T>(rows: Iterable<T>) => T[];

/** What a provider half gives the core to work with. */
export interface ProviderHalf {
  cards: readonly MagicCard[];
  /** Cards it takes beside the listed ones. */
  knowsCard?(cardNumber: string): boolean;
  /** Makes billing keys in bulk and answers their ids. */
  createAgreements(input: { count: number; cardNumber: string; account?: string }): string[];
  completeCheckout?(paymentId: string, cardNumber: string): Promise<unknown>;
  /** What a person does in the provider's console; throws with what is wrong. */
  cancelInConsole?(input: { paymentId: string; amount?: number; reason?: string }): unknown;
  /** What the page shows a person, given how to pick the newest of rows that come oldest first. */
  overview?: {
    payments(newest: PickNewest): object[];
    billingKeys?(newest: PickNewest): object[];
    schedules?(newest: PickNewest): object[];
    bulkOperations?(newest: PickNewest): object[];
  };
  /** Forgets everything it keeps outside the store's collections. The collections are cleared before. */
  reset(): void;
  /** What a request is about, for the request log and the faults. */
  referenceOf?(request: FastifyRequest): string | null;
  /** Whose request it is. */
  accountOf?(request: FastifyRequest): string | null;
  /** The provider's own body for an error status. */
  errorAnswer?(status: number): { contentType: string; body: string };
  /** An answer that says failed in place of one that said done; nothing when the answer said failed already. */
  reportedFailed?(
    request: FastifyRequest,
    payload: string,
  ): { status: number; contentType: string; body: string } | undefined;
}

export interface SandboxCore {
  readonly config: SandboxConfig;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly webhooks: WebhookSender;
  readonly faults: Faults;
  readonly switches: Switches;
  readonly accounts: Accounts;
  readonly requests: Requests;
  readonly halves: Map<Provider, ProviderHalf>;
  /** Resolves once all changes so far are written; nothing when there is nothing to wait for. */
  flush(): Promise<void> | undefined;
  /** Empties the world: state, ledger, requests, faults, switches, clocks. Tokens stay. */
  reset(): void;
  close(): Promise<void>;
}

export const openCore = (config: SandboxConfig): SandboxCore => {
  const folder = config.dataDir === undefined ? undefined : join(config.dataDir, 'sandbox');
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const fileIn = (name: string): string | undefined => folder && join(folder, name);

  const ledgerLog = new AppendLog(config.ledgerFile ?? fileIn('ledger.ndjson'));
  const requestLog = new AppendLog(fileIn('requests.ndjson'));
  const journal = new Journal(fileIn('journal.ndjson'));
  const store = new Store(journal);
  const ledger = new Ledger(ledgerLog, journal);
  recover(journal, store, ledger);

  const flusher = new Flusher([journal, ledgerLog, requestLog]);
  const flush = (): Promise<void> | undefined => flusher.flush();
  journal.tellFirst(() => void flush());
  const clock = new Clock(store);
  const faults = new Faults();
  const webhooks = new WebhookSender({ store, clock, faults, flush, config });
  const switches = new Switches(store);
  const accounts = new Accounts(store);
  const requests = new Requests(requestLog);
  const halves = new Map<Provider, ProviderHalf>();

  const reset = (): void => {
    store.clear();
    clock.reset();
    webhooks.reset();
    faults.set([]);
    ledger.clear();
    requests.clear();
    journal.rewrite([['L', ledger.bytes]]);
    accounts.addDefaults();
    for (const half of halves.values()) half.reset();
  };
  const close = async (): Promise<void> => {
    clock.close();
    await webhooks.close();
    journal.close();
    ledgerLog.close();
    requestLog.close();
  };
  const parts = { store, ledger, clock, webhooks, faults, switches, accounts, requests, halves };
  return { config, ...parts, flush, reset, close };
};

/** Finds again what an earlier run wrote, and shortens a journal that is mostly history. */
const recover = (journal: Journal, store: Store, ledger: Ledger): void => {
  let records = 0;
  journal.replay((record) => {
    records += 1;
    store.replay(record);
    ledger.replay(record);
  });
  ledger.level();
  if (records === 0) {
    journal.append(['L', ledger.bytes]);
    journal.write();
    return;
  }
  if (!store.isMostlyHistory()) return;
  journal.rewrite(
    (function* () {
      yield ['L', ledger.bytes] as ['L', number];
      yield* store.liveRecords();
    })(),
  );
};
