import pLimit from 'p-limit';
import { newId } from '#kernel';
import { after, businessTimeOf } from '#platform/clock';
import type { Database, Transaction } from '#platform/database';
import { recordEvents } from '#events';
import { hasten, serveNext } from '#merchants';
import type { RegistrationReading } from '#providers/contract';

import type { AccountSpeaker, SpokenFor } from './account-speaker.js';
import { afterKeyLook, type BillingKey } from './billing-key.js';
import {
  activateKey,
  claimKeyLooks,
  dropPendingKey,
  findKeyByProviderKey,
  insertKey,
  nextKeyWorkAt,
  planKeyLook,
  type KeyContext,
} from './billing-keys.repository.js';
import { nextRegistrationLook, type CardRegistration } from './card-registration.js';
import {
  claimRegistrationLooks,
  endRegistration,
  planRegistrationLook,
} from './card-registrations.repository.js';
import type { KeyDeletion } from './key-deletion.service.js';
import { recordKeyEvent } from './key-events.repository.js';

/** Looks at one account's registrations at a time; what is left is due still, and comes next. */
const LOOK_BATCH = 100;
/** Calls to one provider at once: nobody waits for these but a person at a page. */
const LOOK_CONCURRENCY = 8;
/** Longer than any call to a provider takes: whoever looks is not overtaken. */
const LOOK_LEASE_SECONDS = 90;

export interface Agenda {
  readonly merchantId: string;
  readonly providerAccountId: string;
}

/** Sees card registrations, unclear issues and unfinished deletions through to their end: by asking the provider. */
export class CardRegistrationResolver {
  constructor(
    private readonly database: Database,
    private readonly speakers: AccountSpeaker,
    private readonly deletion: KeyDeletion,
  ) {}

  /** Serves one account; answers whether any was due. */
  async runOnce(): Promise<boolean> {
    const claim = { limit: LOOK_BATCH, leaseSeconds: LOOK_LEASE_SECONDS };
    const served = await serveNext(this.database, 'SETTLE_KEYS', async (tx, agenda) => {
      const { merchantId, providerAccountId } = agenda;
      const registrations = await claimRegistrationLooks(tx, agenda, claim);
      const keys = await claimKeyLooks(tx, agenda, claim);
      return {
        result: { registrations, keys },
        nextDueAt: await nextKeyWorkAt(tx, merchantId, providerAccountId),
      };
    });
    if (!served) return false;
    const { registrations, keys } = served.result;
    await this.lookAtRegistrations(served.agenda, registrations);
    await this.lookAtKeys(served.agenda, keys);
    return true;
  }

  /** Asks about these registrations now: a webhook or a person wants to know. Ended ones are left alone. */
  async askAbout(agenda: Agenda, registrationIds: readonly string[]): Promise<void> {
    const registrations = await this.database.withMerchant(agenda.merchantId, (tx) =>
      claimRegistrationLooks(tx, agenda, {
        ids: registrationIds,
        limit: registrationIds.length,
        leaseSeconds: LOOK_LEASE_SECONDS,
      }),
    );
    await this.lookAtRegistrations(agenda, registrations);
  }

  private async lookAtRegistrations(
    { merchantId, providerAccountId }: Agenda,
    registrations: readonly CardRegistration[],
  ): Promise<void> {
    if (registrations.length === 0) return;
    const speaker = await this.speakers.get(merchantId, providerAccountId);
    const limit = pLimit(LOOK_CONCURRENCY);
    await Promise.all(
      registrations.map((registration) =>
        limit(async () => {
          const reading = await readRegistration(registration, speaker);
          await this.database.withMerchant(merchantId, (tx) =>
            writeRegistrationLook(tx, { registration, reading }, contextOf(speaker)),
          );
        }),
      ),
    );
  }

  private async lookAtKeys(
    { merchantId, providerAccountId }: Agenda,
    keys: readonly (BillingKey & { readonly looks: number })[],
  ): Promise<void> {
    if (keys.length === 0) return;
    const speaker = await this.speakers.get(merchantId, providerAccountId);
    const limit = pLimit(LOOK_CONCURRENCY);
    await Promise.all(
      keys.map((key) =>
        limit(async () => {
          // Its lease brings an unfinished deletion back.
          if (key.status !== 'PENDING') return void (await this.deletion.resume(merchantId, key));
          const reading = await speaker.provider.readKey(speaker.access, key.providerKey);
          await this.database.withMerchant(merchantId, (tx) =>
            writeKeyLook(tx, { key, look: afterKeyLook(key.looks, reading) }, contextOf(speaker)),
          );
        }),
      ),
    );
  }
}

const contextOf = ({ account }: SpokenFor): KeyContext => ({
  merchantId: account.merchantId,
  clockOffsetMs: account.clockOffsetMs,
});

/** One whose payment was never named cannot be asked about, and nobody has the address of its page. */
const readRegistration = async (
  { providerPaymentId }: CardRegistration,
  { provider, access }: SpokenFor,
): Promise<RegistrationReading> =>
  providerPaymentId
    ? provider.readRegistration(access, providerPaymentId)
    : { kind: 'FOUND', status: 'FAILED', reason: 'it was never known whether its page opened' };

const writeRegistrationLook = async (
  tx: Transaction,
  look: { readonly registration: CardRegistration; readonly reading: RegistrationReading },
  context: KeyContext,
): Promise<void> => {
  const { registration, reading } = look;
  const { id, providerAccountId } = registration;
  if (reading.kind === 'FOUND' && reading.status === 'COMPLETED')
    return completeRegistration(tx, { registration, reading }, context);
  if (reading.kind === 'FOUND' && reading.status === 'FAILED')
    return writeEnd(tx, { id, status: 'FAILED', failureReason: reading.reason }, context);
  // A provider that cannot be asked may hold a card: only its own word ends a registration before its page has closed for sure.
  const isOver = tx.now.getTime() >= registration.expiresAt.getTime();
  if (isOver && reading.kind !== 'UNAVAILABLE')
    return writeEnd(tx, { id, status: 'EXPIRED' }, context);
  const at = nextRegistrationLook(registration, registration.looks, tx.now);
  await planRegistrationLook(tx, context.merchantId, { id, at });
  await hasten(tx, [{ providerAccountId, lane: 'SETTLE_KEYS', at }]);
};

/** The key comes to be in the transaction that completes its registration; of two that both saw it done, one writes. */
const completeRegistration = async (
  tx: Transaction,
  done: {
    readonly registration: CardRegistration;
    readonly reading: Extract<RegistrationReading, { readonly status: 'COMPLETED' }>;
  },
  context: KeyContext,
): Promise<void> => {
  const { registration, reading } = done;
  const { providerAccountId, customerRef } = registration;
  const token = { providerAccountId, providerKey: reading.providerKey };
  const made = await insertKey(
    tx,
    {
      ...{ id: newId(), ...token, customerRef, status: 'ACTIVE', card: reading.card },
      ...{ idempotencyKey: null, requestHash: null, nextLookAt: null },
    },
    context,
  );
  if (made) await recordKeyEvent(tx, 'billing_key.active', { billingKey: made, context });
  const key = made ?? (await findKeyByProviderKey(tx, context.merchantId, token));
  const isTheirs = key?.customerRef === customerRef;
  await writeEnd(
    tx,
    key && isTheirs
      ? { id: registration.id, status: 'COMPLETED', billingKeyId: key.id }
      : {
          id: registration.id,
          status: 'FAILED',
          failureReason: 'the card was attached for another customer meanwhile',
        },
    context,
  );
};

const writeEnd = async (
  tx: Transaction,
  end: Parameters<typeof endRegistration>[1],
  context: KeyContext,
): Promise<void> => {
  const ended = await endRegistration(tx, end, context);
  if (!ended) return;
  await recordEvents(tx, context.merchantId, [
    {
      type: `card_registration.${ended.status.toLowerCase()}`,
      subjectId: ended.id,
      data: { customerRef: ended.customerRef, failureReason: ended.failureReason },
      at: businessTimeOf(tx.now, context.clockOffsetMs),
    },
  ]);
};

const writeKeyLook = async (
  tx: Transaction,
  looked: { readonly key: BillingKey; readonly look: ReturnType<typeof afterKeyLook> },
  context: KeyContext,
): Promise<void> => {
  const { key, look } = looked;
  const { id, providerAccountId } = key;
  if (look.kind === 'ACTIVE') {
    const active = await activateKey(tx, { id, card: look.card }, context);
    if (active) await recordKeyEvent(tx, 'billing_key.active', { billingKey: active, context });
    return;
  }
  if (look.kind === 'NEVER_ISSUED')
    return dropPendingKey(tx, { id, reason: 'absent at the provider: never issued' }, context);
  const at = after(tx.now, look.afterSeconds);
  await planKeyLook(tx, context.merchantId, { id, looks: look.looks, at });
  await hasten(tx, [{ providerAccountId, lane: 'SETTLE_KEYS', at }]);
};
