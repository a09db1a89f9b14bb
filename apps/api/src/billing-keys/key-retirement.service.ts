import { Injectable } from '@nestjs/common';
import { KeyDeletion, type BillingKey } from '#billing-keys';
import { ChargeCommands } from '#charges';
import { refusal, type Refusal } from '#merchants';
import { Database, type Transaction } from '#platform/database';
import { presentRefusals } from '../user-errors/user-error.type.js';
import {
  presentKeyRefusals,
  type DeleteBillingKeyPayload,
  type KeyInUse,
} from './billing-key.payloads.js';
import { presentBillingKey } from './billing-key.type.js';
import { findLiveWork, type LiveWork } from './live-work.repository.js';

export interface RetireBillingKey {
  readonly id: string;
  readonly reason: string;
  readonly onLiveWork?: 'CANCEL' | 'PAUSE' | null;
}

type InUse = Refusal<'KEY_IN_USE'> & Pick<KeyInUse, 'schedules' | 'charges'>;

/** Deleting a key needs three libraries that lie one above the other, so they meet here: what lives on the key is ended first,
 * then the key is deleted in a transaction that sees nothing living. */
@Injectable()
export class KeyRetirement {
  constructor(
    private readonly database: Database,
    private readonly deletion: KeyDeletion,
    private readonly charges: ChargeCommands,
  ) {}

  async retire(merchantId: string, input: RetireBillingKey): Promise<DeleteBillingKeyPayload> {
    const onLiveWork = input.onLiveWork ?? null;
    if (onLiveWork) await this.end(merchantId, { id: input.id, onLiveWork });
    const answer = await this.deletion.delete(merchantId, input, (tx, key) =>
      guard(tx, { merchantId, key, onLiveWork }),
    );
    switch (answer.kind) {
      case 'ANSWERED':
        return { billingKey: presentBillingKey(answer.billingKey), userErrors: [] };
      case 'REFUSED':
        return { billingKey: null, userErrors: presentKeyRefusals(answer.refusals) };
      case 'GUARDED':
        return { billingKey: null, userErrors: answer.refusals.flatMap(presentInUse) };
    }
  }

  private async end(
    merchantId: string,
    { id, onLiveWork }: { readonly id: string; readonly onLiveWork: 'CANCEL' | 'PAUSE' },
  ): Promise<void> {
    const live = () =>
      this.database.withMerchant(merchantId, (tx) => findLiveWork(tx, merchantId, id));
    if (onLiveWork === 'PAUSE') return;
    const { charges } = await live();
    for (const { id: chargeId, state } of charges)
      if (state === 'SCHEDULED' || state === 'RETRY_SCHEDULED')
        await this.charges.cancel(merchantId, chargeId, 'deleteBillingKey');
  }
}

/** A pause holds the occurrences that were never sent, and nothing else: they wait for another key. */
const blocking = (live: LiveWork, onLiveWork: RetireBillingKey['onLiveWork']): LiveWork => {
  if (onLiveWork !== 'PAUSE') return live;
  const paused = new Set(
    live.schedules.filter(({ status }) => status === 'PAUSED').map(({ id }) => id),
  );
  return {
    schedules: live.schedules.filter(({ id }) => !paused.has(id)),
    charges: live.charges.filter(
      ({ state, scheduleId, attemptCount }) =>
        !(state === 'SCHEDULED' && attemptCount === 0 && scheduleId && paused.has(scheduleId)),
    ),
  };
};

const guard = async (
  tx: Transaction,
  {
    merchantId,
    key,
    onLiveWork,
  }: { merchantId: string; key: BillingKey; onLiveWork: 'CANCEL' | 'PAUSE' | null },
): Promise<InUse[]> => {
  const { schedules, charges } = blocking(await findLiveWork(tx, merchantId, key.id), onLiveWork);
  if (schedules.length === 0 && charges.length === 0) return [];
  const found = `${schedules.length} live schedules and ${charges.length} live charges`;
  return [
    {
      ...refusal(
        'KEY_IN_USE',
        ['id'],
        onLiveWork
          ? `expected nothing left on the key, found ${found}: what the provider has is decided first; call again`
          : `expected nothing living on the key, found ${found}; onLiveWork says what becomes of them`,
      ),
      schedules: schedules.length,
      charges: charges.length,
    },
  ];
};

const presentInUse = ({ schedules, charges, ...plain }: InUse) =>
  presentRefusals([plain]).map((error) =>
    Object.assign(error, { typeName: 'KeyInUse', schedules, charges }),
  );
