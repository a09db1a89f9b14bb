import { invariant, newId } from '#kernel';
import type { Transaction } from '#platform/database';
import { hasten, refusal } from '#merchants';

import {
  LOADED_COLUMNS,
  LOADED_FROM,
  load,
  type Loaded,
  type LoadedRow,
} from './claim.repository.js';
import type { ChargeRefusal } from './charge-refusal.js';
import { findLastAttempt } from './attempt.repository.js';
import type { ChargeState } from './charge-state.js';
import { openAccount, type ChargesDependencies, type ServedAccount } from './dependencies.js';
import { checkResolution, resolvedBy, type Resolution } from './resolution.js';
import { moved, type Settlement } from './settlement.js';

export type Command =
  | { readonly kind: 'DONE'; readonly chargeId: string }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly ChargeRefusal[] };

interface Locked {
  readonly loaded: Loaded;
  readonly account: ServedAccount;
}

const WAITING: readonly ChargeState[] = ['SCHEDULED', 'RETRY_SCHEDULED'];
const IN_FLIGHT: readonly ChargeState[] = [
  'REGISTERED',
  'SUBMITTING',
  'PROCESSING',
  'UNKNOWN',
  'NEEDS_REVIEW',
];
const UNCLEAR: readonly ChargeState[] = ['UNKNOWN', 'NEEDS_REVIEW'];

/** What a person or a merchant's system may ask of a charge that exists. Each asks under the row's lock, so that it either comes before a
 * claim or is told that the charge is in flight. */
export class ChargeCommands {
  constructor(private readonly dependencies: ChargesDependencies) {}

  cancel(merchantId: string, chargeId: string | undefined, by: string): Promise<Command> {
    return this.command(merchantId, chargeId, async (tx, locked) => {
      const { charge } = locked.loaded;
      if (charge.state === 'CANCELED') return [];
      if (IN_FLIGHT.includes(charge.state))
        return [inState('IN_FLIGHT', charge.state, 'the provider may already have it')];
      if (!WAITING.includes(charge.state)) return [inState('INVALID_STATE', charge.state)];
      await this.write(tx, locked, moved(locked.loaded, 'CANCELED', `${by}: canceled`));
      return [];
    });
  }

  /** Due at once, claimed like any other. Asking again for one that waits only makes it due. */
  retry(merchantId: string, chargeId: string | undefined, by: string): Promise<Command> {
    return this.command(merchantId, chargeId, async (tx, locked) => {
      const { loaded, account } = locked;
      const { charge } = loaded;
      if (charge.state === 'RETRY_SCHEDULED') {
        await tx.query('UPDATE charges SET send_at = $3 WHERE merchant_id = $1 AND id = $2', [
          merchantId,
          charge.id,
          account.businessNow(),
        ]);
        await hasten(tx, [{ ...account, lane: 'DISPATCH', at: tx.now }]);
        return [];
      }
      if (charge.state !== 'FAILED') return [inState('INVALID_STATE', charge.state)];
      if (charge.failureClass === 'HARD')
        return [
          refusal(
            'INVALID_STATE',
            ['id'],
            `expected a failure that may be tried again on this key, found ${charge.failureCode}`,
          ),
        ];
      if (loaded.keyStatus !== 'ACTIVE')
        return [
          refusal(
            'KEY_NOT_ACTIVE',
            ['id'],
            `expected an ACTIVE billing key, found ${loaded.keyStatus}`,
          ),
        ];
      await this.write(tx, locked, {
        ...moved(loaded, 'RETRY_SCHEDULED', `${by}: retry asked for`),
        sendAt: account.businessNow(),
      });
      return [];
    });
  }

  /** A person decides what asking could not. Never happened: sent again, claimed like any other. */
  resolve(
    merchantId: string,
    chargeId: string | undefined,
    { by, ...resolution }: Resolution & { readonly by: string },
  ): Promise<Command> {
    return this.command(merchantId, chargeId, async (tx, locked) => {
      const { charge } = locked.loaded;
      if (!UNCLEAR.includes(charge.state)) return [inState('INVALID_STATE', charge.state)];
      const attempt = await findLastAttempt(tx, merchantId, charge.id);
      invariant(attempt, 'expected an attempt of an unclear charge, found none');
      const refusals = checkResolution(resolution, attempt);
      if (refusals.length > 0) return refusals;
      const { account } = locked;
      const settlement = resolvedBy(charge, attempt, {
        ...{ ...resolution, by },
        now: account.now(),
        businessNow: account.businessNow(),
      });
      await this.write(tx, locked, settlement);
      return [];
    });
  }

  private async command(
    merchantId: string,
    chargeId: string | undefined,
    act: (tx: Transaction, locked: Locked) => Promise<ChargeRefusal[]>,
  ): Promise<Command> {
    return this.dependencies.database.withMerchant(merchantId, async (tx) => {
      const locked = chargeId && (await this.lock(tx, merchantId, chargeId));
      if (!locked)
        return {
          kind: 'REFUSED',
          refusals: [refusal('NOT_FOUND', ['id'], 'expected a charge of yours')],
        };
      const refusals = isAskedAbout(tx, locked) ? [BEING_ASKED_ABOUT] : await act(tx, locked);
      return refusals.length > 0
        ? { kind: 'REFUSED', refusals }
        : { kind: 'DONE', chargeId: locked.loaded.charge.id };
    });
  }

  private async lock(
    tx: Transaction,
    merchantId: string,
    chargeId: string,
  ): Promise<Locked | undefined> {
    const [row] = await tx.query<LoadedRow>(
      `SELECT ${LOADED_COLUMNS} ${LOADED_FROM}
       WHERE c.merchant_id = $1 AND c.id = $2 FOR UPDATE OF c`,
      [merchantId, chargeId],
    );
    if (!row) return undefined;
    const loaded = load(row);
    const account = await openAccount(tx, this.dependencies, {
      merchantId,
      providerAccountId: loaded.charge.providerAccountId,
    });
    return { loaded, account };
  }

  /** Through the settler, so that contributions and events follow; fenced by a lease taken under the lock we hold. */
  private async write(
    tx: Transaction,
    { loaded, account }: Locked,
    settlement: Settlement,
  ): Promise<void> {
    const leaseToken = newId();
    await tx.query('UPDATE charges SET lease_token = $3 WHERE merchant_id = $1 AND id = $2', [
      account.merchantId,
      loaded.charge.id,
      leaseToken,
    ]);
    await this.dependencies.settler.write(tx, {
      ...account,
      leaseToken,
      now: account.now(),
      businessNow: account.businessNow(),
      settlings: [{ loaded, settlement }],
    });
  }
}

/** Somebody waits for the provider's word on it, which may change everything: nobody acts before that is in. */
const isAskedAbout = (tx: Transaction, { loaded: { charge } }: Locked): boolean =>
  charge.leaseUntil !== null && charge.leaseUntil > tx.now;

const BEING_ASKED_ABOUT: ChargeRefusal = refusal(
  'IN_FLIGHT',
  ['id'],
  'expected a charge at rest, found one the provider is being asked about; try again in a moment',
);

const inState = (
  code: 'IN_FLIGHT' | 'INVALID_STATE',
  state: ChargeState,
  why = '',
): ChargeRefusal =>
  refusal(code, ['id'], `expected a charge in another state, found ${state}${why && `: ${why}`}`);
