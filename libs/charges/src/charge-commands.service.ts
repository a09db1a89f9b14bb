import { invariant, newId } from '#kernel';
import type { Transaction } from '#platform/database';
import { allowanceOf, lockDeclineRuns } from '#dunning';
import { hasten, refusal } from '#merchants';

import {
  LOADED_COLUMNS,
  LOADED_FROM,
  load,
  lockCharges,
  type Loaded,
  type LoadedRow,
} from './loaded.repository.js';
import { isForNewCard } from './card-change.js';
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

  /** Due at once, claimed like any other. For one that waits, the policy's step that it waits for is still to come after it; not so
   * for one whose send did not get through: its step has come. */
  retry(merchantId: string, chargeId: string | undefined, by: string): Promise<Command> {
    return this.command(merchantId, chargeId, async (tx, locked) => {
      const { loaded, account } = locked;
      const { charge } = loaded;
      if (charge.state !== 'RETRY_SCHEDULED' && charge.state !== 'FAILED')
        return [inState('INVALID_STATE', charge.state)];
      const refusals = await checkRetry(tx, locked);
      if (refusals.length > 0) return refusals;
      if (charge.state === 'RETRY_SCHEDULED') {
        await tx.query(
          `UPDATE charges SET send_at = $3, retry_reason = $4,
             declines = CASE WHEN failure_class = 'SOFT' AND setbacks = 0 AND non_sends = 0 AND send_at > $3
               THEN GREATEST(declines - 1, 0)
               ELSE declines END
           WHERE merchant_id = $1 AND id = $2`,
          [merchantId, charge.id, account.businessNow(), `${by} asked for it`],
        );
        await hasten(tx, [{ ...account, lane: 'DISPATCH', at: tx.now }]);
        return [];
      }
      await this.write(tx, locked, {
        ...moved(loaded, 'RETRY_SCHEDULED', `${by}: retry asked for`),
        sendAt: account.businessNow(),
        retry: { reason: `${by} asked for it`, policyVersion: null, atEnd: null },
      });
      return [];
    });
  }

  /** Another card came: what waits for its next try, or failed for want of one, is due on it at once, and its policy begins anew. */
  retryOnKey(
    merchantId: string,
    chargeId: string,
    { billingKeyId, by }: { readonly billingKeyId: string; readonly by: string },
  ): Promise<Command> {
    return this.command(merchantId, chargeId, async (tx, { loaded, account }) => {
      const { charge } = loaded;
      const sendAt = account.businessNow();
      if (!isForNewCard(charge, sendAt)) return [inState('INVALID_STATE', charge.state)];
      const reason = `${by}: another card came`;
      await tx.query(
        `UPDATE charges SET billing_key_id = $3, declines = 0, setbacks = 0, non_sends = 0,
           first_failed_at = $4, send_at = $4, retry_reason = $5
         WHERE merchant_id = $1 AND id = $2`,
        [merchantId, charge.id, billingKeyId, sendAt, reason],
      );
      await hasten(tx, [{ ...account, lane: 'DISPATCH', at: tx.now }]);
      if (charge.state === 'RETRY_SCHEDULED') return [];
      const unused = { declines: 0, setbacks: 0, nonSends: 0 };
      const anew = { ...loaded, charge: { ...charge, billingKeyId, ...unused } };
      await this.write(
        tx,
        { loaded: anew, account },
        {
          ...moved(anew, 'RETRY_SCHEDULED', reason),
          ...{ sendAt, retry: { reason, policyVersion: null, atEnd: null } },
        },
      );
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
    await lockCharges(tx, 'c.merchant_id = $1 AND c.id = $2', [merchantId, chargeId]);
    const [row] = await tx.query<LoadedRow>(
      `SELECT ${LOADED_COLUMNS} ${LOADED_FROM} WHERE c.merchant_id = $1 AND c.id = $2`,
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

/** Whether the card may be asked again at all, and whether its network allows it by now. */
const checkRetry = async (
  tx: Transaction,
  { loaded, account }: Locked,
): Promise<ChargeRefusal[]> => {
  const { charge, keyStatus, keyHardFailureCode } = loaded;
  const hard = keyHardFailureCode ?? (charge.failureClass === 'HARD' ? charge.failureCode : null);
  if (hard)
    return [
      refusal(
        'INVALID_STATE',
        ['id'],
        `expected a failure that may be tried again on this key, found ${hard}`,
      ),
    ];
  if (keyStatus !== 'ACTIVE')
    return [
      refusal('KEY_NOT_ACTIVE', ['id'], `expected an ACTIVE billing key, found ${keyStatus}`),
    ];
  const at = account.businessNow();
  const [run] = await lockDeclineRuns(tx, account.merchantId, {
    ...{ payments: [charge], at, isWaiting: true },
  });
  const allowance = run && charge.failureCode !== null ? allowanceOf(run, at) : undefined;
  return allowance?.allowed === false
    ? [refusal('RETRY_LIMIT_REACHED', ['id'], allowance.reason)]
    : [];
};

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
