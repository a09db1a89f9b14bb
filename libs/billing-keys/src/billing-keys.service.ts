import { newId, toPublicId } from '#kernel';
import { after } from '#platform/clock';
import type { Database, Transaction } from '#platform/database';
import { sliceOf, type Page, type Slice } from '#platform/paging';
import { hasten, refusal } from '#merchants';
import type { Card, RawCard } from '#providers/contract';

import type { AccountSpeaker, SpokenFor } from './account-speaker.js';
import {
  cardRefused,
  mismatch,
  noAccount,
  refused,
  unavailable,
  unsupported,
  type KeyAnswer,
} from './answer.js';
import {
  checkAttach,
  checkIssue,
  lastFourOf,
  type AttachBillingKey,
  type BillingKey,
  type IssueBillingKey,
} from './billing-key.js';
import {
  activateKey,
  dropPendingKey,
  findKeyByIdempotencyKey,
  findKeyByProviderKey,
  findKeys,
  insertKey,
  listKeys,
  planKeyLook,
  type BillingKeyFilter,
  type KeyContext,
} from './billing-keys.repository.js';
import { recordKeyEvent } from './key-events.repository.js';
import { requestHashOf } from './request-hash.js';

/** A crashed issuer's key is looked up by the worker; longer than any call to a provider takes. */
const ISSUE_LEASE_SECONDS = 90;
/** An unclear issue is looked up soon: somebody is waiting for the card. */
const UNCLEAR_LOOK_SECONDS = 20;

/** Keys that come to be by a call: attached, or issued from card data. */
export class BillingKeys {
  constructor(
    private readonly database: Database,
    private readonly speakers: AccountSpeaker,
  ) {}

  /** Takes over a key that exists at the provider, who is asked for it. */
  async attach(merchantId: string, input: AttachBillingKey): Promise<KeyAnswer> {
    const refusals = checkAttach(input);
    if (refusals.length > 0) return { kind: 'REFUSED', refusals };
    const speaker = await this.speakers.find(merchantId, input.providerAccountId);
    if (!speaker) return noAccount();
    const { provider, access, account, capabilities } = speaker;
    if (!capabilities.attach) return unsupported('attachBillingKey', capabilities);

    const known = await this.database.withMerchant(merchantId, (tx) =>
      findKeyByProviderKey(tx, merchantId, input),
    );
    if (known) return attachedBefore(known, input);

    const reading = await provider.readKey(access, input.providerKey);
    if (reading.kind === 'UNAVAILABLE') return unavailable(reading.reason);
    if (reading.kind === 'ABSENT')
      return refused(
        'NOT_FOUND',
        ['providerKey'],
        'expected a key that the provider knows in this account, found none',
      );
    const context = { merchantId, clockOffsetMs: account.clockOffsetMs };
    return this.database.withMerchant(merchantId, (tx) =>
      writeAttached(tx, { input, card: reading.card }, context),
    );
  }

  /** Registers a card under a fresh key of ours: never on one that exists, where it would silently replace another card. */
  async issue(merchantId: string, input: IssueBillingKey): Promise<KeyAnswer> {
    const refusals = checkIssue(input);
    if (refusals.length > 0) return { kind: 'REFUSED', refusals };
    const speaker = await this.speakers.find(merchantId, input.providerAccountId);
    if (!speaker) return noAccount();
    const { capabilities } = speaker;
    if (!capabilities.rawCardRegistration)
      return capabilities.hostedRegistration
        ? unsupported('issueBillingKey', capabilities)
        : refused(
            'RAW_CARD_REGISTRATION_OFF',
            ['providerAccountId'],
            'expected an account with raw card registration switched on; use attachBillingKey here',
          );
    const context = { merchantId, clockOffsetMs: speaker.account.clockOffsetMs };
    const intent = await this.database.withMerchant(merchantId, (tx) =>
      writeIssueIntent(tx, input, context),
    );
    return intent.kind === 'ANSWERED' && !intent.replayed
      ? this.register(intent.billingKey, { speaker, card: input.card, context })
      : intent;
  }

  find(merchantId: string, ids: readonly string[]): Promise<BillingKey[]> {
    return this.database.withMerchant(merchantId, (tx) => findKeys(tx, merchantId, ids));
  }

  async list(
    merchantId: string,
    { filter, page }: { readonly filter: BillingKeyFilter; readonly page: Page },
  ): Promise<Slice<BillingKey>> {
    const rows = await this.database.withMerchant(merchantId, (tx) =>
      listKeys(tx, merchantId, { filter, page }),
    );
    return sliceOf(rows, page);
  }

  /** The wire, with the intent committed; a call whose end is unclear is settled by reading the key back. */
  private async register(
    pending: BillingKey,
    call: { speaker: SpokenFor; card: RawCard; context: KeyContext },
  ): Promise<KeyAnswer> {
    const { provider, access } = call.speaker;
    const { context } = call;
    const issue = await provider.issueKey(access, pending.providerKey, call.card);
    switch (issue.kind) {
      case 'ISSUED':
        return this.activate(pending, issue.card, context);
      case 'REFUSED':
        await this.drop(pending, `refused: ${issue.failureCode}`, context);
        return cardRefused(issue);
      case 'UNSUPPORTED':
        await this.drop(pending, 'not supported by the provider', context);
        return unsupported('issueBillingKey', call.speaker.capabilities);
      case 'NOT_SENT':
        await this.drop(pending, 'never sent to the provider', context);
        return unavailable(issue.reason);
      case 'UNKNOWN': {
        const reading = await provider.readKey(access, pending.providerKey);
        return reading.kind === 'FOUND'
          ? this.activate(pending, reading.card, context)
          : this.leaveUnclear(pending, context);
      }
    }
  }

  private async activate(pending: BillingKey, card: Card, context: KeyContext): Promise<KeyAnswer> {
    const { merchantId } = context;
    const billingKey = await this.database.withMerchant(merchantId, async (tx) => {
      const active = await activateKey(tx, { id: pending.id, card }, context);
      if (active) await recordKeyEvent(tx, 'billing_key.active', { billingKey: active, context });
      return active ?? (await findKeys(tx, merchantId, [pending.id]))[0] ?? pending;
    });
    return { kind: 'ANSWERED', billingKey, replayed: false };
  }

  private drop(pending: BillingKey, reason: string, context: KeyContext): Promise<void> {
    return this.database.withMerchant(context.merchantId, (tx) =>
      dropPendingKey(tx, { id: pending.id, reason }, context),
    );
  }

  /** The card may yet come to be: the key stays PENDING, and the worker looks it up. */
  private async leaveUnclear(pending: BillingKey, context: KeyContext): Promise<KeyAnswer> {
    await this.database.withMerchant(context.merchantId, async (tx) => {
      const at = after(tx.now, UNCLEAR_LOOK_SECONDS);
      await planKeyLook(tx, context.merchantId, { id: pending.id, looks: 1, at });
      await hasten(tx, [{ providerAccountId: pending.providerAccountId, lane: 'SETTLE_KEYS', at }]);
    });
    return { kind: 'ANSWERED', billingKey: pending, replayed: false };
  }
}

const attachedBefore = (known: BillingKey, input: AttachBillingKey): KeyAnswer =>
  known.customerRef === input.customerRef
    ? { kind: 'ANSWERED', billingKey: known, replayed: true }
    : {
        kind: 'REFUSED',
        refusals: [
          refusal(
            'KEY_BELONGS_TO_OTHER_CUSTOMER',
            ['customerRef'],
            'expected the customer this key was attached for, found another',
          ),
        ],
      };

const writeAttached = async (
  tx: Transaction,
  { input, card }: { readonly input: AttachBillingKey; readonly card: Card },
  context: KeyContext,
): Promise<KeyAnswer> => {
  const made = await insertKey(
    tx,
    {
      id: newId(),
      ...input,
      status: 'ACTIVE',
      card,
      idempotencyKey: null,
      requestHash: null,
      nextLookAt: null,
    },
    context,
  );
  if (made) {
    await recordKeyEvent(tx, 'billing_key.active', { billingKey: made, context });
    return { kind: 'ANSWERED', billingKey: made, replayed: false };
  }
  const winner = await findKeyByProviderKey(tx, context.merchantId, input);
  return winner
    ? attachedBefore(winner, input)
    : refused('INVALID_STATE', ['providerKey'], 'expected a key that is not being deleted');
};

const writeIssueIntent = async (
  tx: Transaction,
  input: IssueBillingKey,
  context: KeyContext,
): Promise<KeyAnswer> => {
  const { providerAccountId, customerRef, card } = input;
  const idempotencyKey = input.idempotencyKey ?? null;
  const requestHash = requestHashOf([providerAccountId, customerRef, lastFourOf(card)]);
  const id = newId();
  const lookAt = after(tx.now, ISSUE_LEASE_SECONDS);
  const made = await insertKey(
    tx,
    {
      ...{ id, providerAccountId, customerRef, providerKey: toPublicId('billingKey', id) },
      ...{ status: 'PENDING', card: null, idempotencyKey, requestHash, nextLookAt: lookAt },
    },
    context,
  );
  if (made) {
    await hasten(tx, [{ providerAccountId, lane: 'SETTLE_KEYS', at: lookAt }]);
    return { kind: 'ANSWERED', billingKey: made, replayed: false };
  }
  const earlier =
    idempotencyKey && (await findKeyByIdempotencyKey(tx, context.merchantId, idempotencyKey));
  return earlier && earlier.requestHash === requestHash
    ? { kind: 'ANSWERED', billingKey: earlier.billingKey, replayed: true }
    : mismatch();
};
