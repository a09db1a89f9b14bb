import { monotonicMs } from '#platform/clock';

import type { ChargesDependencies, ServedAccount } from './dependencies.js';
import { isHeld, type Held } from './hold.js';
import { peekHeld } from './holds.repository.js';

/** A claim can take long to send; a hold that comes meanwhile stops what has not left within this, for one small read. */
const HOLD_READ_MS = 1_000;

/** Asked right before each send of one claim: did anything come since that speaks against it? */
export class SendGate {
  private readAtMs = monotonicMs();
  private held: Promise<Held>;

  constructor(
    private readonly dependencies: Pick<ChargesDependencies, 'database' | 'brakes'>,
    private readonly account: ServedAccount,
    claim: {
      readonly held: Held;
      /** The one charge by which a half-open breaker is tried. */
      readonly isProbe: boolean;
    },
  ) {
    this.held = Promise.resolve(claim.held);
    this.isProbe = claim.isProbe;
  }

  private readonly isProbe: boolean;

  /** Why this one must not go out; nothing when it may. */
  async barrier(scheduleId: string | null): Promise<string | undefined> {
    if (this.dependencies.brakes.isBarred(this.account.providerAccountId, this.isProbe))
      return 'the account’s breaker has opened';
    if (monotonicMs() - this.readAtMs >= HOLD_READ_MS) {
      this.readAtMs = monotonicMs();
      this.held = this.dependencies.database.withMerchant(this.account.merchantId, (tx) =>
        peekHeld(tx, this.account),
      );
    }
    return isHeld(await this.held, scheduleId) ? 'new sends are held' : undefined;
  }
}
