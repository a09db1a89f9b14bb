import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { seedDemo } from '../../apps/cli/src/seed-demo.js';
import { acceptCharges } from '#charges';
import { newId } from '#kernel';
import { ANY_HOST, createMerchants } from '#merchants';
import { businessInstant } from '#platform/clock';
import { Database } from '#platform/database';
import type { Fleet } from '../simulation/fleet/fleet.js';
import { configAt } from './fleet-shop.js';
import type { MagicCard } from './shop.js';

/** Between two looks at whether a round is settled: what is measured is at most so much too long. */
const LOOK_MS = 4;
/** A round that takes longer is no figure but a fault. */
const PATIENCE_MS = 60_000;
/** Charges accepted in one transaction. */
const CHUNK = 1_000;
const ROUND_SIZE = 10;

/** A merchant at a fleet with one PortOne account and one key. */
export interface Payee {
  readonly merchantId: string;
  readonly accountId: string;
  readonly keyId: string;
}

const payeeOf = async (
  { fleet, watcher }: { readonly fleet: Fleet; readonly watcher: pg.Client },
  merchantId: string,
  accountId: string,
): Promise<Payee> => {
  const cards = (await (await fleet.control('cards')).json()) as MagicCard[];
  const card = cards.find(
    ({ provider, outcome, at }) => provider === 'PORTONE' && outcome === 'APPROVED' && !at,
  );
  const asked = { provider: 'PORTONE', count: 1, cardNumber: card?.number };
  const { ids } = (await (await fleet.control('agreements', asked)).json()) as { ids: string[] };
  const keyId = newId();
  await watcher.query(
    `INSERT INTO billing_keys (merchant_id, id, provider_account_id, customer_ref, provider_key,
       status, created_at, updated_at) VALUES ($1, $2, $3, 'a customer', $4, 'ACTIVE', now(), now())`,
    [merchantId, keyId, accountId, ids[0]],
  );
  return { merchantId, accountId, keyId };
};

/** Two merchants at a fleet: one with a backlog that can be let go and held, another with rounds of ten. */
export class Rounds {
  private constructor(
    private readonly database: Database,
    private readonly watcher: pg.Client,
    readonly many: Payee,
    readonly few: Payee,
  ) {}

  static async open(fleet: Fleet): Promise<Rounds> {
    const url = fleet.postgres.urlAt();
    const config = configAt(fleet, fleet.sandbox.url);
    const database = await Database.open({ url, applicationName: 'rounds', poolSize: 2 });
    const demo = await seedDemo(database, config);
    const { accounts, provisioning } = createMerchants(database, config);
    const big = await provisioning.createMerchant('many');
    const connected = await accounts.connect(big.id, {
      ...{ name: 'portone-sandbox', provider: 'PORTONE', mode: 'SANDBOX', currencies: ['KRW'] },
      baseUrl: `${fleet.sandbox.url}/portone`,
      credentials: { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' },
      returnHosts: [ANY_HOST],
    });
    if (connected.kind === 'REFUSED') throw new Error(JSON.stringify(connected));
    const watcher = new pg.Client({ connectionString: await fleet.postgres.superuserUrl() });
    await watcher.connect();
    return new Rounds(
      database,
      watcher,
      await payeeOf({ fleet, watcher }, big.id, connected.account.id),
      await payeeOf({ fleet, watcher }, demo.merchant.id, demo.portone.id),
    );
  }

  /** So many charges of the one are due and wait for `letGo`. */
  async heap(count: number): Promise<void> {
    await this.hold();
    for (let left = count; left > 0; left -= CHUNK)
      await this.accept(this.many, Math.min(CHUNK, left));
    await this.watcher.query('ANALYZE charges');
  }

  /** Nothing more of the backlog is claimed; returns when nothing of it is under way. */
  async hold(): Promise<void> {
    await this.setHeld(true);
    await this.until(async () => (await this.countOfMany("state = 'SUBMITTING'")) === 0);
  }

  async letGo(): Promise<void> {
    await this.setHeld(false);
    await this.watcher.query(`SELECT pg_notify('refrain_work', 'DISPATCH:' || $1)`, [
      this.many.accountId,
    ]);
  }

  settledOfMany(): Promise<number> {
    return this.countOfMany("state = 'SUCCEEDED'");
  }

  /** Milliseconds from being due to being settled, of each of the ten that are accepted as due now. */
  async round(): Promise<number[]> {
    const ids = await this.accept(this.few, ROUND_SIZE);
    const began = performance.now();
    const times: number[] = [];
    await this.until(async () => {
      const { rows } = await this.watcher.query<{ count: number }>(
        `SELECT count(*)::int AS count FROM charges
         WHERE merchant_id = $1 AND id = ANY($2) AND state = 'SUCCEEDED'`,
        [this.few.merchantId, ids],
      );
      while (times.length < rows[0]!.count) times.push(performance.now() - began);
      return times.length === ROUND_SIZE;
    });
    return times;
  }

  async close(): Promise<void> {
    await this.watcher.end();
    await this.database.close();
  }

  private async accept(payee: Payee, count: number): Promise<string[]> {
    const ids = Array.from({ length: count }, newId);
    await this.database.withMerchant(payee.merchantId, (tx) =>
      acceptCharges(
        tx,
        ids.map((id) => ({
          ...{ id, providerAccountId: payee.accountId, billingKeyId: payee.keyId },
          ...{ origin: 'REQUEST' as const, orderId: id, orderName: 'Tea', orderItems: [] },
          ...{ amountMinor: 9_900, currency: 'KRW', cause: 'test' },
          dueAt: businessInstant(tx.now.getTime()),
        })),
        { merchantId: payee.merchantId, clockOffsetMs: 0 },
      ),
    );
    return ids;
  }

  private async setHeld(isHeld: boolean): Promise<void> {
    await this.watcher.query(
      `UPDATE account_agendas SET held = $2, next_due_at = least(next_due_at, now())
       WHERE provider_account_id = $1 AND lane = 'DISPATCH'`,
      [this.many.accountId, isHeld],
    );
  }

  private async countOfMany(condition: string): Promise<number> {
    const { rows } = await this.watcher.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM charges WHERE merchant_id = $1 AND ${condition}`,
      [this.many.merchantId],
    );
    return rows[0]!.count;
  }

  private async until(isSo: () => Promise<boolean>): Promise<void> {
    const giveUpAt = performance.now() + PATIENCE_MS;
    while (!(await isSo())) {
      if (performance.now() > giveUpAt) throw new Error('they were never settled');
      await pause(LOOK_MS);
    }
  }
}
