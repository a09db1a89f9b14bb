import pLimit from 'p-limit';
import { newId } from '#kernel';
import type { Transaction } from '#platform/database';
import {
  openAccount,
  peekHeld,
  readHeld,
  type ChargesDependencies,
  type ServedAccount,
} from '#charges';
import { hasten, serveNext } from '#merchants';

import { release } from './occurrence.releaser.js';
import {
  afterReading,
  afterRevocation,
  afterSubmission,
  nextStep,
  type RegistrarContext,
  type RegistrarFinding,
} from './registration.js';
import {
  claimRegistrations,
  holdForCall,
  nextRegisterAt,
  type Registered,
} from './registration.repository.js';
import {
  giveBack,
  writeConfirmations,
  writePostponements,
} from './registration-steps.repository.js';

/** Registrations of one account taken in one turn: each is a call to the provider. */
const REGISTER_BATCH = 100;
const REGISTER_CONCURRENCY = 16;

interface Batch {
  readonly account: ServedAccount;
  readonly leaseToken: string;
  readonly claimed: readonly Registered[];
}

interface Found {
  readonly registered: Registered;
  readonly finding: RegistrarFinding;
}

type Findings<K extends RegistrarFinding['kind']> = {
  readonly registered: Registered;
  readonly finding: Extract<RegistrarFinding, { kind: K }>;
}[];

const ofKind = <K extends RegistrarFinding['kind']>(found: readonly Found[], kind: K) =>
  found.filter(({ finding }) => finding.kind === kind) as Findings<K>;

/** Tells the provider about registered occurrences after the intent is committed, settles lost replies by reading back, and takes
 * occurrences back when that is wished. */
export class ScheduleRegistrar {
  constructor(private readonly dependencies: ChargesDependencies) {}

  /** Serves one account; answers whether any was due. */
  async runOnce(): Promise<boolean> {
    const served = await serveNext(this.dependencies.database, 'REGISTER', async (tx, agenda) => {
      const account = await openAccount(tx, this.dependencies, agenda);
      const batch = await this.claim(tx, account);
      const nextDueAt = await nextRegisterAt(tx, { ...agenda, held: await readHeld(tx, agenda) });
      return { result: batch, nextDueAt };
    });
    if (served) await this.serve(served.result);
    return served !== undefined;
  }

  /** The next step about these occurrences at once, in the hope that its outcome can be told to whoever waits. */
  async serveNow(
    agenda: { readonly merchantId: string; readonly providerAccountId: string },
    chargeIds: readonly string[],
  ): Promise<void> {
    const batch = await this.dependencies.database.withMerchant(agenda.merchantId, async (tx) =>
      this.claim(tx, await openAccount(tx, this.dependencies, agenda), chargeIds),
    );
    await this.serve(batch);
  }

  private async claim(
    tx: Transaction,
    account: ServedAccount,
    chargeIds?: readonly string[],
  ): Promise<Batch> {
    const leaseToken = newId();
    const claimed = await claimRegistrations(tx, {
      merchantId: account.merchantId,
      providerAccountId: account.providerAccountId,
      limit: REGISTER_BATCH,
      held: await readHeld(tx, account),
      leaseToken,
      leaseSeconds: this.dependencies.timing.leaseSeconds,
      ...(chargeIds ? { chargeIds } : {}),
    });
    return { account, leaseToken, claimed };
  }

  private async serve(batch: Batch): Promise<void> {
    if (batch.claimed.length === 0) return;
    const limit = pLimit(REGISTER_CONCURRENCY);
    const found = await Promise.all(
      batch.claimed.map((registered) =>
        limit(async () => ({ registered, finding: await this.take(registered, batch) })),
      ),
    );
    await this.write(batch, found);
  }

  /** What is to be done is decided when its turn comes: those before it may have taken long. */
  private async take(registered: Registered, batch: Batch): Promise<RegistrarFinding> {
    const { attempt, registration } = registered;
    const { account } = batch;
    switch (nextStep(registration, account.businessNow())) {
      case 'RELEASE':
        return { kind: 'RELEASED', evidence: { sends: 0 } };
      case 'SEND':
        return this.send(registered, batch);
      case 'READ': {
        const { provider, access } = account;
        const reading = await provider.readSchedule(access, attempt.providerReference);
        const finding = afterReading(registration, reading, this.contextOf(account));
        return finding.kind === 'SEND_AGAIN' ? this.send(registered, batch) : finding;
      }
      case 'REVOKE':
        return this.revoke(registered, batch);
    }
  }

  private async send(registered: Registered, batch: Batch): Promise<RegistrarFinding> {
    if (!(await this.hold(registered, batch, 'SEND'))) return { kind: 'LEFT' };
    const { attempt, registration } = registered;
    const { provider, access } = batch.account;
    const submission = await provider.sendSchedule(access, attempt.request);
    const sent = { ...registration, sends: registration.sends + 1 };
    return afterSubmission(sent, submission, this.contextOf(batch.account));
  }

  private async revoke(registered: Registered, batch: Batch): Promise<RegistrarFinding> {
    if (!(await this.hold(registered, batch, 'REVOKE'))) return { kind: 'LEFT' };
    const { attempt, registration, providerKey } = registered;
    const { provider, access } = batch.account;
    const reference = attempt.providerReference;
    const revocation = await provider.revokeSchedule(access, { providerKey, reference });
    const reading = await provider.readSchedule(access, reference);
    return afterRevocation(registration, { revocation, reading }, this.contextOf(batch.account));
  }

  private hold(
    registered: Registered,
    { account, leaseToken }: Batch,
    call: 'SEND' | 'REVOKE',
  ): Promise<boolean> {
    const { database, timing } = this.dependencies;
    const { merchantId } = account;
    return database.withMerchant(merchantId, (tx) =>
      holdForCall(tx, registered, {
        ...{ merchantId, leaseToken, call },
        leaseSeconds: timing.leaseSeconds,
        businessNow: account.businessNow(),
      }),
    );
  }

  private contextOf(account: ServedAccount): RegistrarContext {
    return {
      now: account.now(),
      businessNow: account.businessNow(),
      quietPeriodSeconds: this.dependencies.timing.quietPeriodSeconds,
    };
  }

  private async write({ account, leaseToken }: Batch, found: readonly Found[]): Promise<void> {
    const { database, timing, settler } = this.dependencies;
    const { merchantId, providerAccountId } = account;
    await database.withMerchant(merchantId, async (tx) => {
      await writeConfirmations(
        tx,
        ofKind(found, 'REGISTERED').map(({ registered, finding }) => ({
          registered,
          isExecuted: finding.isExecuted,
        })),
        {
          merchantId,
          providerAccountId,
          leaseToken,
          firstLookSeconds: timing.scheduleLooksSeconds[0] ?? 0,
        },
      );
      await writePostponements(
        tx,
        ofKind(found, 'ASK_LATER').map(({ registered, finding }) => ({ registered, ...finding })),
        { merchantId, leaseToken },
      );
      const idsOf = (kind: 'DIFFERS' | 'LEFT') =>
        ofKind(found, kind).map(({ registered }) => registered.charge.id);
      const back = { merchantId, leaseToken };
      await giveBack(tx, idsOf('DIFFERS'), { ...back, revocation: 'FOLLOW_SCHEDULE' });
      await giveBack(tx, idsOf('LEFT'), { ...back, revocation: null });
      await release(tx, ofKind(found, 'RELEASED'), { account, leaseToken, settler });
      const held = await peekHeld(tx, account);
      const nextAt = await nextRegisterAt(tx, { merchantId, providerAccountId, held });
      if (nextAt) await hasten(tx, [{ providerAccountId, lane: 'REGISTER', at: nextAt }]);
    });
  }
}
