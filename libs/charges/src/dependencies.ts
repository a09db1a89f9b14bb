import {
  businessTimeOf,
  machineInstant,
  monotonicMs,
  type BusinessInstant,
  type MachineInstant,
} from '#platform/clock';
import type { Database, Transaction } from '#platform/database';
import type { ProviderAccounts } from '#merchants';
import type { AccountAccess, Provider, ProviderName } from '#providers/contract';
import { invariant } from '#kernel';

import type { Brakes } from './brakes.js';
import type { Settler } from './settler.js';

/** Time constants of a charge's life; configuration gives each its reason. */
export interface ChargeTiming {
  readonly leaseSeconds: number;
  readonly sendDeadlineSeconds: number;
  readonly quietPeriodSeconds: number;
  readonly looksSeconds: readonly number[];
  readonly scheduleLooksSeconds: readonly number[];
  readonly reconcileSeconds: number;
  readonly settleBatch: number;
  readonly sendConcurrency: number;
  readonly breakerOpenSeconds: number;
  readonly retryWaitSeconds: number;
}

/** What every loop at the door works with. */
export interface ChargesDependencies {
  readonly database: Database;
  readonly providers: ReadonlyMap<ProviderName, Provider>;
  readonly accounts: ProviderAccounts;
  readonly settler: Settler;
  readonly timing: ChargeTiming;
  readonly brakes: Brakes;
}

/** One account as it is served: who it is, how to speak for it, and what its clock shows. */
export interface ServedAccount {
  readonly merchantId: string;
  readonly providerAccountId: string;
  readonly access: AccountAccess;
  readonly provider: Provider;
  readonly currencies: readonly string[];
  readonly clockOffsetMs: number;
  readonly bulkOperationSize: number;
  /** Calls that send; absent: no bound. */
  readonly rateLimitPerSecond: number | null;
  /** Machine time now: the transaction's, carried on by this process's monotonic clock. */
  now(): MachineInstant;
  businessNow(): BusinessInstant;
}

export const openAccount = async (
  tx: Transaction,
  { providers, accounts }: Pick<ChargesDependencies, 'providers' | 'accounts'>,
  { merchantId, providerAccountId }: { merchantId: string; providerAccountId: string },
): Promise<ServedAccount> => {
  const began = monotonicMs();
  const opened = await accounts.openIn(tx, merchantId, providerAccountId);
  invariant(opened, `expected provider account ${providerAccountId}, found none`);
  const { access, account } = opened;
  const { clockOffsetMs, bulkOperationSize, rateLimitPerSecond } = account;
  const provider = providers.get(access.provider);
  invariant(provider, `expected an adapter for ${access.provider}, found none`);
  const now = () => machineInstant(tx.now.getTime() + (monotonicMs() - began));
  return {
    merchantId,
    providerAccountId,
    access,
    provider,
    currencies: account.currencies,
    clockOffsetMs,
    bulkOperationSize,
    rateLimitPerSecond,
    now,
    businessNow: () => businessTimeOf(now(), clockOffsetMs),
  };
};
