import { randomInt } from 'node:crypto';
import type { Collection, SandboxCore } from '../core/index.js';
import { packPayment, unpackPayment } from './payment.text.js';
import type { KeyRow, PaymentRow, PreparedRow, ScheduleRow, StoredCard } from './rows.js';

/** Account keys hold no space. */
const within = (account: string, uid: string): string => `${account} ${uid}`;

/** 12 digits; by a step without a factor of 10 every number comes once before any comes again. */
const IMP_NUMBERS = 10 ** 12;
/** 3 to the power of 18: no 2 and no 5 in it, and no neighbours among its multiples. */
const IMP_STEP = 387_420_489;

/** All that the pretended PortOne remembers, through the core's store. */
export class PortoneState {
  readonly payments: Collection<PaymentRow>;
  private readonly keys: Collection<KeyRow>;
  private readonly schedules: Collection<ScheduleRow>;
  private readonly prepared: Collection<PreparedRow>;
  /** Payments of a merchant_uid: one, mostly; several when earlier ones failed. By account, then merchant_uid. */
  private readonly byMerchantUid = new Map<string, Map<string, PaymentRow | PaymentRow[]>>();
  private readonly shared = new WeakSet<StoredCard>();
  private readonly cards = new Map<string, StoredCard>();
  private impNumber = randomInt(IMP_NUMBERS);

  constructor({ store }: SandboxCore) {
    this.payments = store.collection<PaymentRow>('portone-payments', {
      id: (row) => row.impUid,
      packed: { textOf: packPayment, read: unpackPayment },
    });
    this.keys = store.collection<KeyRow>('portone-keys', {
      id: (row) => within(row.account, row.customerUid),
    });
    this.schedules = store.collection<ScheduleRow>('portone-schedules', {
      id: (row) => within(row.account, row.merchantUid),
    });
    this.prepared = store.collection<PreparedRow>('portone-prepared', {
      id: (row) => within(row.account, row.merchantUid),
    });
    this.payments.onPut((row) => this.index(row));
  }

  nextImpUid(): string {
    for (;;) {
      this.impNumber = (this.impNumber + IMP_STEP) % IMP_NUMBERS;
      const impUid = `imps_${String(this.impNumber).padStart(12, '0')}`;
      if (!this.payments.get(impUid)) return impUid;
    }
  }

  findPayment(account: string, impUid: string): PaymentRow | undefined {
    const row = this.payments.get(impUid);
    return row?.account === account ? row : undefined;
  }

  /** In the order they were made. */
  paymentsOf(account: string, merchantUid: string): readonly PaymentRow[] {
    const found = this.byMerchantUid.get(account)?.get(merchantUid);
    if (found === undefined) return [];
    return Array.isArray(found) ? found : [found];
  }

  *paymentsIn(account: string): Generator<PaymentRow> {
    for (const row of this.payments.values()) if (row.account === account) yield row;
  }

  findKey(account: string, customerUid: string): KeyRow | undefined {
    return this.keys.get(within(account, customerUid));
  }

  putKey(row: KeyRow): void {
    this.keys.put(row);
  }

  deleteKey(row: KeyRow): void {
    this.keys.delete(within(row.account, row.customerUid));
  }

  allKeys(): IterableIterator<KeyRow> {
    return this.keys.values();
  }

  findSchedule(account: string, merchantUid: string): ScheduleRow | undefined {
    return this.schedules.get(within(account, merchantUid));
  }

  putSchedule(row: ScheduleRow): void {
    this.schedules.put(row);
  }

  allSchedules(): IterableIterator<ScheduleRow> {
    return this.schedules.values();
  }

  *schedulesIn(account: string): Generator<ScheduleRow> {
    for (const row of this.schedules.values()) if (row.account === account) yield row;
  }

  findPrepared(account: string, merchantUid: string): PreparedRow | undefined {
    return this.prepared.get(within(account, merchantUid));
  }

  putPrepared(row: PreparedRow): void {
    this.prepared.put(row);
  }

  /** Payments found again in the journal each bring a card of their own: equal ones become one. */
  private sharedCard(card: StoredCard): StoredCard {
    if (this.shared.has(card)) return card;
    const name = `${card.masked} ${card.brand} ${card.fate} ${card.isRefused}`;
    const known = this.cards.get(name);
    if (known) return known;
    this.cards.set(name, card);
    this.shared.add(card);
    return card;
  }

  reset(): void {
    this.byMerchantUid.clear();
  }

  private index(row: PaymentRow): void {
    row.card = this.sharedCard(row.card);
    let uids = this.byMerchantUid.get(row.account);
    if (!uids) {
      uids = new Map();
      this.byMerchantUid.set(row.account, uids);
    }
    const found = uids.get(row.merchantUid);
    if (found === undefined) uids.set(row.merchantUid, row);
    else if (Array.isArray(found)) {
      if (!found.includes(row)) found.push(row);
    } else if (found !== row) uids.set(row.merchantUid, [found, row]);
  }
}
