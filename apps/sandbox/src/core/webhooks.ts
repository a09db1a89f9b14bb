import { Agent, request } from 'undici';
import type { Clock } from './clock.js';
import type { Faults, Strike } from './faults.js';
import type { Provider } from './ledger.js';
import type { Collection, Store } from './store.js';

export interface WebhookOrder {
  provider: Provider;
  account: string;
  url: string;
  headers?: Record<string, string>;
  contentType: 'json' | 'form';
  body: Record<string, unknown>;
  event: string;
  reference: string;
  /** Further attempts, and how long to wait before each (the last one repeats). */
  retry: { times: number; delaysMs: readonly number[] };
  /** Whether an answer ends it. Default: only a 200. */
  settledBy?: '200' | 'BELOW_500';
}

export interface WebhookRow extends WebhookOrder {
  id: string;
  attempt: number;
  dueAtMs: number;
}

export interface WebhookRecord {
  id: string;
  at: string;
  provider: Provider;
  account: string;
  event: string;
  reference: string;
  url: string;
  attempt: number;
  /** The receiver's status, or null when none came. */
  status: number | null;
  error: string | null;
  body: unknown;
}

/** As PortOne's page says: 10 s to connect, 30 s to answer. */
const CONNECT_MS = 10_000;
const ANSWER_MS = 30_000;
/** Sends under way at once: a receiver on the same machine must not drown. */
const PARALLEL_SENDS = 64;
/** The newest records kept for the page and for tests; webhooks are hints, so older ones are let go. */
const RECORDS_KEPT = 20_000;

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Sends webhooks for real, and remembers what was answered. What has not been settled survives a kill. */
export class WebhookSender {
  private readonly rows: Collection<WebhookRow>;
  private readonly agent = new Agent({ connect: { timeout: CONNECT_MS }, pipelining: 1 });
  private records: WebhookRecord[] = [];
  private waiting: WebhookRow[] = [];
  private underWay = 0;
  private sequence = 0;
  private idle: (() => void)[] = [];
  private reversed = new Map<string, WebhookRow[]>();
  private isClosed = false;

  constructor(
    private readonly parts: {
      store: Store;
      clock: Clock;
      faults: Faults;
      flush: () => Promise<void> | undefined;
      config: { loopbackHost?: string };
    },
  ) {
    this.rows = parts.store.collection<WebhookRow>('webhooks', { id: (row) => row.id });
    this.rows.onPut((row) => (this.sequence = Math.max(this.sequence, Number(row.id.slice(4)))));
  }

  /** Takes up what an earlier run left unsettled. */
  resume(): void {
    for (const row of this.rows.values()) this.plan(row);
  }

  send(order: WebhookOrder): void {
    const strike = this.parts.faults.isCalm ? undefined : this.strikeOf(order);
    const fate = strike?.rule.fate;
    if (fate === 'webhook-dropped') return;
    const copies = fate === 'webhook-doubled' ? (strike?.rule.options.count ?? 2) : 1;
    const delayMs = fate === 'webhook-delayed' ? (strike?.rule.options.seconds ?? 60) * 1000 : 0;
    for (let copy = 0; copy < copies; copy += 1) {
      const row = this.keep(order, this.parts.clock.nowMs(order.account) + delayMs);
      if (fate === 'webhook-reversed') this.holdForReversal(row, strike);
      else this.plan(row);
    }
    if (fate === 'webhook-forged') this.plan(this.keep(forge(order), 0));
  }

  list(): readonly WebhookRecord[] {
    return this.records;
  }

  pending(): WebhookRow[] {
    return [...this.rows.values()];
  }

  /** Resolves when nothing is being sent, or after the time given. */
  settled(timeoutMs: number): Promise<void> {
    if (this.underWay + this.waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.idle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  reset(): void {
    this.records = [];
    this.waiting = [];
    this.reversed.clear();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.waiting = [];
    await this.agent.destroy();
  }

  private strikeOf(order: WebhookOrder): Strike | undefined {
    const { provider, reference, account, event } = order;
    const occasion = { provider, method: 'WEBHOOK', path: event, reference, account };
    return this.parts.faults.draw(occasion, ['WEBHOOK']);
  }

  private keep(order: WebhookOrder, dueAtMs: number): WebhookRow {
    this.sequence += 1;
    const row: WebhookRow = { ...order, id: `who_${this.sequence}`, attempt: 1, dueAtMs };
    this.rows.put(row);
    return row;
  }

  private plan(row: WebhookRow): void {
    if (row.dueAtMs <= this.parts.clock.nowMs(row.account)) return this.enqueue(row);
    const task = (): void => this.enqueue(row);
    this.parts.clock.at(row.account, row.dueAtMs, { key: `webhook ${row.id}`, task });
  }

  private holdForReversal(row: WebhookRow, strike: Strike | undefined): void {
    const held = this.reversed.get(row.account);
    if (held) {
      held.push(row);
      return;
    }
    this.reversed.set(row.account, [row]);
    setTimeout(() => {
      const rows = this.reversed.get(row.account)?.reverse() ?? [];
      this.reversed.delete(row.account);
      void this.sendInOrder(rows);
    }, strike?.rule.options.windowMs ?? 1000).unref();
  }

  private async sendInOrder(rows: readonly WebhookRow[]): Promise<void> {
    for (const row of rows) {
      if (!this.isClosed) await this.attempt(row);
    }
  }

  private enqueue(row: WebhookRow): void {
    this.waiting.push(row);
    void this.pump();
  }

  private async pump(): Promise<void> {
    if (this.underWay >= PARALLEL_SENDS || this.isClosed) return;
    const row = this.waiting.shift();
    if (!row) return;
    this.underWay += 1;
    await this.attempt(row);
    this.underWay -= 1;
    if (this.waiting.length > 0) void this.pump();
    else if (this.underWay === 0) for (const tell of this.idle.splice(0)) tell();
  }

  private async attempt(row: WebhookRow): Promise<void> {
    // Nobody may hear of a payment that a kill could still undo.
    await this.parts.flush();
    const result = await this.post(row);
    if (this.isClosed || !this.rows.get(row.id)) return;
    this.remember(row, result);
    if (isSettled(row, result.status) || row.attempt > row.retry.times) {
      this.rows.delete(row.id);
      return;
    }
    const delays = row.retry.delaysMs;
    const delayMs = delays[Math.min(row.attempt, delays.length) - 1] ?? 60_000;
    const dueAtMs = this.parts.clock.nowMs(row.account) + delayMs;
    const next: WebhookRow = { ...row, attempt: row.attempt + 1, dueAtMs };
    this.rows.put(next);
    this.plan(next);
  }

  private async post(row: WebhookRow): Promise<{ status: number | null; error: string | null }> {
    const isForm = row.contentType === 'form';
    const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
    try {
      const answer = await request(this.addressOf(row.url), {
        method: 'POST',
        headers: { 'content-type': type, ...row.headers },
        body: isForm ? formOf(row.body) : JSON.stringify(row.body),
        dispatcher: this.agent,
        headersTimeout: ANSWER_MS,
        bodyTimeout: ANSWER_MS,
      });
      await answer.body.dump({ limit: 65_536 });
      return { status: answer.statusCode, error: null };
    } catch (error) {
      return { status: null, error: error instanceof Error ? error.message : String(error) };
    }
  }

  private addressOf(url: string): string {
    const { loopbackHost } = this.parts.config;
    if (loopbackHost === undefined) return url;
    const address = new URL(url);
    if (LOOPBACK.test(address.hostname)) address.hostname = loopbackHost;
    return address.href;
  }

  private remember(row: WebhookRow, result: { status: number | null; error: string | null }): void {
    const { id, provider, account, event, reference, url, attempt, body } = row;
    const at = new Date(this.parts.clock.nowMs(account)).toISOString();
    this.records.push({
      id,
      at,
      provider,
      account,
      event,
      reference,
      url,
      attempt,
      ...result,
      body,
    });
    if (this.records.length > 2 * RECORDS_KEPT) this.records = this.records.slice(-RECORDS_KEPT);
  }
}

const isSettled = (order: WebhookOrder, status: number | null): boolean => {
  if (status === null) return false;
  return order.settledBy === 'BELOW_500' ? status < 500 : status === 200;
};

const formOf = (body: Record<string, unknown>): string => {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(body)) form.set(name, String(value ?? ''));
  return form.toString();
};

/** What a stranger who knows the address would send: it claims success for a payment that does not exist. */
const forge = (order: WebhookOrder): WebhookOrder => {
  const body = JSON.parse(JSON.stringify(order.body)) as Record<string, unknown>;
  if ('status' in body) body['status'] = 'paid';
  if ('imp_uid' in body) body['imp_uid'] = 'imps_000000000000';
  if ('event' in body) body['event'] = 'payment.charge.created.v2';
  const headers = { ...order.headers };
  if (headers['authorization']) headers['authorization'] = 'forged';
  if (headers['Authorization']) headers['Authorization'] = 'forged';
  return { ...order, headers, body, event: 'forged', retry: { times: 0, delaysMs: [] } };
};
