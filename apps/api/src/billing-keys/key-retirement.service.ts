import { Injectable } from '@nestjs/common';
import { KeyDeletion } from '#billing-keys';
import { ChargeCommands, Charges } from '#charges';
import { refusal, type Refusal } from '#merchants';
import { PAGE_MAX } from '#platform/paging';
import { countLiveWork, LiveWork, type LiveWorkCount } from '#scheduling';
import { presentRefusals, type UserError } from '../user-errors/user-error.type.js';
import {
  KeyInUse,
  presentKeyRefusals,
  type DeleteBillingKeyPayload,
} from './billing-key.payloads.js';
import { presentBillingKey } from './billing-key.type.js';

type OnLiveWork = 'CANCEL' | 'PAUSE' | null;

export interface RetireBillingKey {
  readonly id: string;
  readonly reason: string;
  readonly onLiveWork: OnLiveWork;
}

type InUse = Refusal<'KEY_IN_USE'> & LiveWorkCount;

/** Deleting a key needs three libraries that lie one above the other, so they meet here: what lives on the key is ended first (what the
 * provider holds is revoked there), then the key is deleted in a transaction that sees nothing living. */
@Injectable()
export class KeyRetirement {
  constructor(
    private readonly deletion: KeyDeletion,
    private readonly liveWork: LiveWork,
    private readonly charges: Charges,
    private readonly commands: ChargeCommands,
  ) {}

  async retire(merchantId: string, input: RetireBillingKey): Promise<DeleteBillingKeyPayload> {
    const { onLiveWork } = input;
    if (onLiveWork) await this.liveWork.endSchedules(merchantId, input.id, onLiveWork);
    if (onLiveWork === 'CANCEL') await this.cancelCharges(merchantId, input.id);
    const answer = await this.deletion.delete(merchantId, input, async (tx, { id }) =>
      inUse(await countLiveWork(tx, merchantId, id), onLiveWork),
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

  /** Page by page: one that cannot be canceled (it was claimed meanwhile) is counted by the guard. */
  private async cancelCharges(merchantId: string, billingKeyId: string): Promise<void> {
    const filter = { billingKeyId, states: ['SCHEDULED', 'RETRY_SCHEDULED'] as const };
    let after: string | undefined;
    do {
      const page = { limit: PAGE_MAX, isBackward: false, ...(after ? { after } : {}) };
      const { rows, hasNextPage } = await this.charges.list(merchantId, { filter, page });
      for (const { id } of rows)
        await this.commands.cancel(merchantId, id, 'api: deleteBillingKey');
      after = hasNextPage ? rows.at(-1)?.id : undefined;
    } while (after);
  }
}

const inUse = ({ schedules, charges }: LiveWorkCount, onLiveWork: OnLiveWork): InUse[] => {
  if (schedules === 0 && charges === 0) return [];
  const found = `${schedules} live schedules and ${charges} live charges`;
  const message = onLiveWork
    ? `expected nothing left on the key, found ${found}: what the provider may be charging is decided first; call again`
    : `expected nothing living on the key, found ${found}; onLiveWork says what becomes of them`;
  return [{ ...refusal('KEY_IN_USE', ['id'], message), schedules, charges }];
};

const presentInUse = ({ schedules, charges, ...plain }: InUse): UserError[] =>
  presentRefusals([plain]).map((error) =>
    Object.assign(error, { typeName: KeyInUse.name, schedules, charges }),
  );
