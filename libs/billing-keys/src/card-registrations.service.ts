import { newId } from '#kernel';
import { after } from '#platform/clock';
import type { Database, Transaction } from '#platform/database';
import { hasten } from '#merchants';

import type { AccountSpeaker, SpokenFor } from './account-speaker.js';
import {
  cardRefused,
  mismatch,
  noAccount,
  unavailable,
  unsupported,
  type RegistrationAnswer,
} from './answer.js';
import type { KeyContext } from './billing-keys.repository.js';
import {
  checkStart,
  nextRegistrationLook,
  REGISTRATION_LIFE_SECONDS,
  type CardRegistration,
  type StartCardRegistration,
} from './card-registration.js';
import {
  endRegistration,
  findRegistrationByIdempotencyKey,
  findRegistrations,
  insertRegistration,
  openRegistration,
} from './card-registrations.repository.js';
import { requestHashOf } from './request-hash.js';

/** A registration whose starter died is ended by the worker; longer than any call to a provider takes. */
const START_LEASE_SECONDS = 90;

/** Cards registered on the provider's own page. What it costs is zero, and there is no field to say otherwise. */
export class CardRegistrations {
  constructor(
    private readonly database: Database,
    private readonly speakers: AccountSpeaker,
  ) {}

  async start(merchantId: string, input: StartCardRegistration): Promise<RegistrationAnswer> {
    const speaker = await this.speakers.find(merchantId, input.providerAccountId);
    if (!speaker) return noAccount();
    const { account, capabilities } = speaker;
    if (!capabilities.hostedRegistration) return unsupported('startCardRegistration', capabilities);
    const refusals = checkStart(input, account);
    if (refusals.length > 0) return { kind: 'REFUSED', refusals };
    const context = { merchantId, clockOffsetMs: account.clockOffsetMs };
    const intent = await this.database.withMerchant(merchantId, (tx) =>
      writeStartIntent(tx, input, context),
    );
    return intent.kind === 'ANSWERED' && !intent.replayed
      ? this.open(intent.registration, speaker, context)
      : intent;
  }

  find(merchantId: string, ids: readonly string[]): Promise<CardRegistration[]> {
    return this.database.withMerchant(merchantId, (tx) => findRegistrations(tx, merchantId, ids));
  }

  /** The wire, with the intent committed. Of what did not open, or not surely, nobody has the address: it ends here,
   * and a page that was opened all the same moves no money and expires. */
  private async open(
    intended: CardRegistration,
    { provider, access, capabilities }: SpokenFor,
    context: KeyContext,
  ): Promise<RegistrationAnswer> {
    const start = await provider.startRegistration(access, {
      reference: referenceOf(intended.id),
      currency: intended.currency,
      returnUrl: intended.returnUrl,
    });
    if (start.kind === 'STARTED') return this.writeOpened(intended, start, context);
    const failureReason = start.kind === 'REFUSED' ? start.failureCode : start.kind;
    await this.database.withMerchant(context.merchantId, (tx) =>
      endRegistration(
        tx,
        { id: intended.id, status: 'FAILED', failureReason, isRepeatable: true },
        context,
      ),
    );
    if (start.kind === 'UNSUPPORTED') return unsupported('startCardRegistration', capabilities);
    return start.kind === 'REFUSED'
      ? cardRefused({ ...start, failureCode: 'CONFIGURATION' })
      : unavailable(start.reason);
  }

  private async writeOpened(
    intended: CardRegistration,
    { providerPaymentId, paymentUrl }: { providerPaymentId: string; paymentUrl: string },
    context: KeyContext,
  ): Promise<RegistrationAnswer> {
    const opened = await this.database.withMerchant(context.merchantId, async (tx) => {
      const nextLookAt = nextRegistrationLook(intended, 0, tx.now);
      const registration = await openRegistration(
        tx,
        { id: intended.id, providerPaymentId, paymentUrl, nextLookAt },
        context,
      );
      await hasten(tx, [
        { providerAccountId: intended.providerAccountId, lane: 'SETTLE_KEYS', at: nextLookAt },
      ]);
      return registration;
    });
    return opened
      ? { kind: 'ANSWERED', registration: opened, replayed: false }
      : unavailable('an answer after the lease had run out');
  }
}

/** Our reference of a registration at the provider: its id without hyphens. */
const referenceOf = (id: string): string => id.replaceAll('-', '');

const writeStartIntent = async (
  tx: Transaction,
  input: StartCardRegistration,
  context: KeyContext,
): Promise<RegistrationAnswer> => {
  const { providerAccountId, customerRef, returnUrl, currency } = input;
  const idempotencyKey = input.idempotencyKey ?? null;
  const requestHash = requestHashOf([providerAccountId, customerRef, returnUrl, currency]);
  const nextLookAt = after(tx.now, START_LEASE_SECONDS);
  const made = await insertRegistration(
    tx,
    {
      ...{ id: newId(), providerAccountId, customerRef, currency, returnUrl, idempotencyKey },
      ...{ requestHash, nextLookAt, expiresAt: after(tx.now, REGISTRATION_LIFE_SECONDS) },
    },
    context,
  );
  if (made) {
    await hasten(tx, [{ providerAccountId, lane: 'SETTLE_KEYS', at: nextLookAt }]);
    return { kind: 'ANSWERED', registration: made, replayed: false };
  }
  const earlier =
    idempotencyKey &&
    (await findRegistrationByIdempotencyKey(tx, context.merchantId, idempotencyKey));
  if (!earlier || earlier.requestHash !== requestHash) return mismatch();
  const { requestHash: _, ...registration } = earlier;
  return { kind: 'ANSWERED', registration, replayed: true };
};
