import { after } from '#platform/clock';
import type { Database, Transaction } from '#platform/database';
import { hasten, type Refusal } from '#merchants';

import type { AccountSpeaker, SpokenFor } from './account-speaker.js';
import { refused, unavailable, type KeyAnswer } from './answer.js';
import { checkReason, type BillingKey } from './billing-key.js';
import { endDeletion, findKeys, intendDeletion, lockKey } from './billing-keys.repository.js';
import { recordKeyEvent } from './key-events.repository.js';

/** A deletion whose maker died is taken up by the worker; longer than any call to a provider takes. */
const DELETION_LEASE_SECONDS = 90;

export interface DeleteBillingKey {
  readonly id: string;
  readonly reason: string;
}

/** Asked in the transaction that takes the key out of use, with the key locked: what still lives on it forbids that.
 * Whoever knows schedules and charges answers it; this library knows neither. */
export type DeletionGuard<R extends Refusal<string>> = (
  tx: Transaction,
  billingKey: BillingKey,
) => Promise<readonly R[]>;

export type DeletionAnswer<R> =
  KeyAnswer | { readonly kind: 'GUARDED'; readonly refusals: readonly R[] };

/** Takes keys out of use: with us first, then at the provider. */
export class KeyDeletion {
  constructor(
    private readonly database: Database,
    private readonly speakers: AccountSpeaker,
  ) {}

  async delete<R extends Refusal<string>>(
    merchantId: string,
    { id, reason }: DeleteBillingKey,
    guard: DeletionGuard<R>,
  ): Promise<DeletionAnswer<R>> {
    const refusals = checkReason(reason);
    if (refusals.length > 0) return { kind: 'REFUSED', refusals };
    const [found] = await this.database.withMerchant(merchantId, (tx) =>
      findKeys(tx, merchantId, [id]),
    );
    if (!found)
      return refused(
        'NOT_FOUND',
        ['id'],
        'expected a billing key of yours, found none with this id',
      );
    const speaker = await this.speakers.get(merchantId, found.providerAccountId);
    const intent = await this.database.withMerchant(merchantId, (tx) =>
      writeIntent(tx, { id, reason, speaker }, guard),
    );
    return intent.kind === 'ANSWERED' && intent.billingKey.status !== 'DELETED'
      ? this.tell(intent.billingKey, { reason, speaker })
      : intent;
  }

  /** Takes up a deletion that somebody began; answers whether it is done. */
  async resume(merchantId: string, billingKey: BillingKey): Promise<boolean> {
    const speaker = await this.speakers.get(merchantId, billingKey.providerAccountId);
    const reason = billingKey.deletionReason ?? '';
    const deletion = await speaker.provider.deleteKey(
      speaker.access,
      billingKey.providerKey,
      reason,
    );
    if (deletion.kind === 'FAILED') return false;
    await this.end(billingKey, 'DELETED', speaker);
    return true;
  }

  /** The provider is told; a provider that has no such call leaves it to us to forget the key. */
  private async tell(
    before: BillingKey,
    { reason, speaker }: { readonly reason: string; readonly speaker: SpokenFor },
  ): Promise<KeyAnswer> {
    const { provider, access } = speaker;
    const deletion = await provider.deleteKey(access, before.providerKey, reason);
    if (deletion.kind === 'FAILED') {
      await this.end(before, before.status, speaker);
      return unavailable(deletion.reason);
    }
    const deleted = await this.end(before, 'DELETED', speaker);
    return { kind: 'ANSWERED', billingKey: deleted, replayed: false };
  }

  private end(
    { id }: BillingKey,
    to: BillingKey['status'],
    { account }: SpokenFor,
  ): Promise<BillingKey> {
    const { merchantId, clockOffsetMs } = account;
    const context = { merchantId, clockOffsetMs };
    return this.database.withMerchant(merchantId, async (tx) => {
      const ended = await endDeletion(tx, { id, to }, context);
      if (ended && to === 'DELETED')
        await recordKeyEvent(tx, 'billing_key.deleted', { billingKey: ended, context });
      const [billingKey] = ended ? [ended] : await findKeys(tx, merchantId, [id]);
      if (!billingKey) throw new Error(`expected billing key ${id}, found none`);
      return billingKey;
    });
  }
}

/** Answers the key as it was before, out of use from now on; or as it is, when it was deleted before. */
const writeIntent = async <R extends Refusal<string>>(
  tx: Transaction,
  intent: { readonly id: string; readonly reason: string; readonly speaker: SpokenFor },
  guard: DeletionGuard<R>,
): Promise<DeletionAnswer<R>> => {
  const { merchantId, clockOffsetMs } = intent.speaker.account;
  const key = await lockKey(tx, merchantId, intent.id);
  if (!key) throw new Error(`expected billing key ${intent.id}, found none`);
  if (key.status === 'DELETED') return { kind: 'ANSWERED', billingKey: key, replayed: true };
  if (key.status === 'PENDING')
    return refused('INVALID_STATE', ['id'], 'expected ACTIVE or INVALID, found PENDING; wait');
  const blocking = await guard(tx, key);
  if (blocking.length > 0) return { kind: 'GUARDED', refusals: blocking };
  const takeUpAt = after(tx.now, DELETION_LEASE_SECONDS);
  await intendDeletion(
    tx,
    { id: key.id, reason: intent.reason, takeUpAt },
    { merchantId, clockOffsetMs },
  );
  await hasten(tx, [
    { providerAccountId: key.providerAccountId, lane: 'SETTLE_KEYS', at: takeUpAt },
  ]);
  return { kind: 'ANSWERED', billingKey: key, replayed: false };
};
