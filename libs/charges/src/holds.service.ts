import { textProblem } from '#kernel';
import type { Database, Transaction } from '#platform/database';
import { hasten, refusal, type Refusal } from '#merchants';

import type { Hold, HoldScope } from './hold.js';
import {
  accountsOf,
  findHold,
  hastenResends,
  listHolds,
  writeHold,
  writeRelease,
  type HoldSubject,
} from './holds.repository.js';
import { ABSENTS_NEEDED } from './undecided-look.js';

export interface HoldCommand {
  readonly scope: HoldScope;
  /** Absent: the merchant; a text that is no id of such a thing reads as undefined. */
  readonly subjectId: string | null | undefined;
  readonly reason: string;
  readonly by: string;
}

export type Holding =
  | { readonly kind: 'DONE'; readonly hold: Hold }
  | {
      readonly kind: 'REFUSED';
      readonly refusals: readonly Refusal<'INVALID_INPUT' | 'NOT_FOUND'>[];
    };

type Act = (tx: Transaction, subject: HoldSubject) => Promise<Hold | undefined>;

/** Stopping the bleeding: what a person holds is not sent anew, while all that asks or settles goes on. */
export class Holds {
  constructor(private readonly database: Database) {}

  /** Those that stand, the oldest first. */
  list(merchantId: string): Promise<Hold[]> {
    return this.database.withMerchant(merchantId, (tx) => listHolds(tx, merchantId));
  }

  find(merchantId: string, id: string): Promise<Hold | undefined> {
    return this.database.withMerchant(merchantId, (tx) => findHold(tx, merchantId, id));
  }

  /** Once this is answered no process claims anything under it; what was claimed before is taken back where it has not left yet. */
  hold(merchantId: string, command: HoldCommand): Promise<Holding> {
    return this.command(merchantId, command, (tx, subject) =>
      writeHold(tx, merchantId, { ...command, ...subject }),
    );
  }

  /** What waited goes on at once. */
  release(merchantId: string, command: HoldCommand): Promise<Holding> {
    return this.command(merchantId, command, async (tx, subject) => {
      const { hold, isNew } = await writeRelease(tx, merchantId, { ...command, ...subject });
      if (!isNew) return hold;
      const accountIds = await accountsOf(tx, merchantId, subject);
      await hastenResends(tx, merchantId, { accountIds, absents: ABSENTS_NEEDED });
      const lanes = ['DISPATCH', 'REGISTER', 'RESOLVE'] as const;
      await hasten(
        tx,
        accountIds.flatMap((providerAccountId) =>
          lanes.map((lane) => ({ providerAccountId, lane, at: tx.now })),
        ),
      );
      return hold;
    });
  }

  private command(merchantId: string, command: HoldCommand, act: Act): Promise<Holding> {
    const { scope, reason } = command;
    const problem = textProblem(reason, REASON_MAX, 'PROSE');
    if (problem) return refused('INVALID_INPUT', 'reason', problem);
    if ((scope === 'MERCHANT') !== (command.subjectId === null))
      return refused(
        'INVALID_INPUT',
        'id',
        scope === 'MERCHANT'
          ? 'expected no id: it is your own merchant that is held'
          : 'expected the id of what is held, found none',
      );
    const subjectId = scope === 'MERCHANT' ? merchantId : command.subjectId;
    if (!subjectId) return refused('NOT_FOUND', 'id', NOT_YOURS);
    const subject = { scope, subjectId };
    return this.database.withMerchant(merchantId, async (tx) => {
      const isTheirs =
        scope === 'MERCHANT' || (await accountsOf(tx, merchantId, subject)).length > 0;
      const hold = isTheirs ? await act(tx, subject) : undefined;
      return hold ? { kind: 'DONE', hold } : refused('NOT_FOUND', 'id', NOT_YOURS);
    });
  }
}

/** A page of prose; more belongs in a ticket. */
const REASON_MAX = 2_000;
const NOT_YOURS = 'expected something of yours to hold, or that is held, found nothing';

const refused = (
  code: 'INVALID_INPUT' | 'NOT_FOUND',
  field: string,
  message: string,
): Promise<Holding> =>
  Promise.resolve({ kind: 'REFUSED', refusals: [refusal(code, [field], message)] });
