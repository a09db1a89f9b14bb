import { invariant, newId } from '#kernel';
import { businessInstant, machineTimeOf } from '#platform/clock';
import type { Database, Transaction } from '#platform/database';
import type { Page, Slice } from '#platform/paging';
import { acceptCharges, findOrdersOfSchedules } from '#charges';
import { hasten, refusal, type ProviderAccount, type ProviderAccounts } from '#merchants';

import { NO_COUNTS, type BulkChargeView, type BulkStatus } from './bulk-charge.js';
import {
  findBulkCharges,
  HELD_UNTIL,
  insertBulkCharge,
  insertCounts,
  listBulkCharges,
  moveBulkCharge,
  setUnsentItems,
} from './bulk-charges.repository.js';
import { checkItems, type BulkRefusal, type ItemKey } from './bulk-items.check.js';
import { chargeOf, checkShape, type CreateBulkCharge } from './bulk-charge.request.js';
import { cancelUnsentItems } from './cancel-items.js';
import type { ItemCanceler } from './cancel-items.js';

export type BulkAnswer =
  | { readonly kind: 'DONE'; readonly bulkCharge: BulkChargeView; readonly replayed: boolean }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly BulkRefusal[] };

/** Many charges submitted together under one merchant-given external id. */
export class BulkCharges {
  constructor(
    private readonly database: Database,
    private readonly accounts: ProviderAccounts,
    private readonly door: ItemCanceler,
  ) {}

  async create(merchantId: string, request: CreateBulkCharge): Promise<BulkAnswer> {
    const problems = checkShape(request);
    if (problems.length > 0) return refused(...problems);
    try {
      return await this.tryToCreate(merchantId, request);
    } catch (error) {
      // Whoever took the order has committed by now, so that the second look sees it.
      if (error instanceof OrderTakenMeanwhile) return this.tryToCreate(merchantId, request);
      throw error;
    }
  }

  private tryToCreate(merchantId: string, request: CreateBulkCharge): Promise<BulkAnswer> {
    return this.database.withMerchant(merchantId, async (tx) => {
      const [earlier] = await findBulkCharges(tx, merchantId, { externalId: request.externalId });
      if (earlier) return replay(earlier, request);
      const account = await this.account(tx, merchantId, request.providerAccountId);
      if (!account)
        return refused(
          refusal('NOT_FOUND', ['providerAccountId'], 'expected a provider account of yours'),
        );
      const refusals = await this.check(tx, { request, account });
      if (refusals.length === 0) return this.write(tx, { request, account });
      // The same call may have been written between the two looks: then its own orders are what is taken.
      const [winner] = await findBulkCharges(tx, merchantId, { externalId: request.externalId });
      return winner ? replay(winner, request) : refused(...refusals);
    });
  }

  find(merchantId: string, ids: readonly string[]): Promise<BulkChargeView[]> {
    return this.database.withMerchant(merchantId, (tx) => findBulkCharges(tx, merchantId, { ids }));
  }

  async findByExternalId(
    merchantId: string,
    externalId: string,
  ): Promise<BulkChargeView | undefined> {
    const [found] = await this.database.withMerchant(merchantId, (tx) =>
      findBulkCharges(tx, merchantId, { externalId }),
    );
    return found;
  }

  list(
    merchantId: string,
    question: { readonly statuses: readonly string[] | null; readonly page: Page },
  ): Promise<Slice<BulkChargeView>> {
    return this.database.withMerchant(merchantId, (tx) =>
      listBulkCharges(tx, merchantId, question),
    );
  }

  submit(merchantId: string, id: string | undefined): Promise<BulkAnswer> {
    return this.move(merchantId, id, { from: ['DRAFT'], to: 'SUBMITTING' });
  }

  pause(merchantId: string, id: string | undefined): Promise<BulkAnswer> {
    return this.move(merchantId, id, { from: ['SUBMITTING', 'PROCESSING'], to: 'PAUSED' });
  }

  resume(merchantId: string, id: string | undefined): Promise<BulkAnswer> {
    return this.move(merchantId, id, { from: ['PAUSED'], to: 'SUBMITTING' });
  }

  /** What is unsent stops; what is in flight is followed home. */
  cancel(merchantId: string, id: string | undefined): Promise<BulkAnswer> {
    return this.move(merchantId, id, {
      from: ['DRAFT', 'SUBMITTING', 'PROCESSING', 'PAUSED'],
      to: 'CANCELED',
    });
  }

  private move(
    merchantId: string,
    id: string | undefined,
    { from, to }: { from: readonly BulkStatus[]; to: BulkStatus },
  ): Promise<BulkAnswer> {
    return this.database.withMerchant(merchantId, async (tx) => {
      const [bulk] = id ? await findBulkCharges(tx, merchantId, { ids: [id] }) : [];
      if (!bulk) return refused(refusal('NOT_FOUND', ['id'], 'expected a bulk charge of yours'));
      const account = await this.account(tx, merchantId, bulk.providerAccountId);
      const clockOffsetMs = account?.clockOffsetMs ?? 0;
      const at = businessInstant(tx.now.getTime() + clockOffsetMs);
      const isMoved = await moveBulkCharge(tx, merchantId, { id: bulk.id, from, to, at });
      if (!isMoved && bulk.status !== to)
        return refused(
          refusal(
            'INVALID_STATE',
            ['id'],
            `expected one of ${from.join(', ')}, found ${bulk.status}`,
          ),
        );
      if (isMoved && to === 'SUBMITTING') await this.letGo(tx, merchantId, { bulk, at });
      if (isMoved && to === 'PAUSED')
        await setUnsentItems(tx, merchantId, { bulkChargeId: bulk.id, sendAt: HELD_UNTIL });
      if (isMoved && to === 'CANCELED')
        await cancelUnsentItems(tx, this.door, { merchantId, bulk });
      return this.answer(tx, merchantId, { id: bulk.id, replayed: !isMoved });
    });
  }

  private async letGo(
    tx: Transaction,
    merchantId: string,
    { bulk, at }: { bulk: BulkChargeView; at: Date },
  ): Promise<void> {
    await setUnsentItems(tx, merchantId, { bulkChargeId: bulk.id, sendAt: at });
    await hasten(
      tx,
      (['DISPATCH', 'POLL'] as const).map((lane) => ({ ...bulk, lane, at: tx.now })),
    );
  }

  private async account(
    tx: Transaction,
    merchantId: string,
    id: string | undefined,
  ): Promise<ProviderAccount | undefined> {
    return id ? (await this.accounts.openIn(tx, merchantId, id))?.account : undefined;
  }

  private async check(
    tx: Transaction,
    { request, account }: { request: CreateBulkCharge; account: ProviderAccount },
  ): Promise<BulkRefusal[]> {
    const { merchantId } = account;
    const keyIds = request.items.flatMap(({ billingKeyId }) => billingKeyId ?? []);
    const keys = await tx.query<ItemKey>(
      `SELECT id, status FROM billing_keys
       WHERE merchant_id = $1 AND provider_account_id = $2 AND id = ANY($3)`,
      [merchantId, account.id, keyIds],
    );
    const orderIds = request.items.map(({ order }) => order.orderId);
    const taken = await tx.query<{ orderId: string }>(
      `SELECT order_id AS "orderId" FROM charges WHERE merchant_id = $1 AND order_id = ANY($2)`,
      [merchantId, orderIds],
    );
    const ofSchedules = await findOrdersOfSchedules(tx, merchantId, orderIds);
    const provider = this.door.providers.get(account.provider);
    invariant(provider, `expected an adapter for ${account.provider}, found none`);
    const refusals = checkItems(request.items, {
      provider,
      keys: new Map(keys.map((key) => [key.id, key])),
      currencies: account.currencies,
      takenOrderIds: new Set([...taken.map(({ orderId }) => orderId), ...ofSchedules]),
    });
    const { retryPolicyId } = request;
    if (retryPolicyId) {
      const found = await tx.query(
        'SELECT id FROM retry_policies WHERE merchant_id = $1 AND id = $2',
        [merchantId, retryPolicyId],
      );
      if (found.length === 0)
        refusals.push(refusal('NOT_FOUND', ['retryPolicyId'], 'expected a retry policy of yours'));
    }
    return refusals;
  }

  private async write(
    tx: Transaction,
    { request, account }: { request: CreateBulkCharge; account: ProviderAccount },
  ): Promise<BulkAnswer> {
    const { merchantId, clockOffsetMs } = account;
    const at = businessInstant(tx.now.getTime() + clockOffsetMs);
    const id = newId();
    const isFirst = await insertBulkCharge(tx, merchantId, {
      id,
      providerAccountId: account.id,
      externalId: request.externalId,
      status: request.submit ? 'SUBMITTING' : 'DRAFT',
      retryPolicyId: request.retryPolicyId ?? null,
      requestHash: request.requestHash,
      at,
    });
    if (!isFirst) {
      const [winner] = await findBulkCharges(tx, merchantId, { externalId: request.externalId });
      if (!winner) throw new Error('expected the bulk charge that took the external id');
      return replay(winner, request);
    }
    const charges = request.items.map((item, index) =>
      chargeOf(item, { id, index, request, account, at }),
    );
    const accepted = await acceptCharges(tx, charges, { merchantId, clockOffsetMs });
    if (accepted.size < charges.length) throw new OrderTakenMeanwhile();
    if (!request.submit)
      await setUnsentItems(tx, merchantId, { bulkChargeId: id, sendAt: HELD_UNTIL });
    await insertCounts(tx, merchantId, [
      { bulkChargeId: id, ...NO_COUNTS, pending: charges.length },
    ]);
    await hasten(tx, [
      { providerAccountId: account.id, lane: 'POLL', at: machineTimeOf(at, clockOffsetMs) },
    ]);
    return this.answer(tx, merchantId, { id, replayed: false });
  }

  private async answer(
    tx: Transaction,
    merchantId: string,
    { id, replayed }: { id: string; replayed: boolean },
  ): Promise<BulkAnswer> {
    const [bulkCharge] = await findBulkCharges(tx, merchantId, { ids: [id] });
    if (!bulkCharge) throw new Error('expected the bulk charge that was just written');
    return { kind: 'DONE', bulkCharge, replayed };
  }
}

/** Another call took one of the order ids between our check and our write: nothing is kept, and we look again to tell which. */
class OrderTakenMeanwhile extends Error {
  constructor() {
    super('expected every order id to stay unused until the bulk was written; send the call again');
    this.name = 'OrderTakenMeanwhile';
  }
}

const refused = (...refusals: BulkRefusal[]): BulkAnswer => ({ kind: 'REFUSED', refusals });

const replay = (earlier: BulkChargeView, request: CreateBulkCharge): BulkAnswer =>
  earlier.requestHash === request.requestHash
    ? { kind: 'DONE', bulkCharge: earlier, replayed: true }
    : refused(
        refusal(
          'IDEMPOTENCY_MISMATCH',
          ['externalId'],
          'expected the same content as when this external id was first sent, found other content',
        ),
      );
