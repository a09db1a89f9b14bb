import pLimit from 'p-limit';
import { newId } from '#kernel';
import type { Transaction } from '#platform/database';
import { openAccount, type ChargesDependencies, type ServedAccount } from '#charges';
import { hasten, serveNext } from '#merchants';

import { release } from './occurrence.releaser.js';
import {
  afterReading,
  afterRevocation,
  afterSubmission,
  nextStep,
  type RegistrarFinding,
  type RegistrarStep,
} from './registration.js';
import {
  claimRegistrations,
  countSends,
  nextRegisterAt,
  writeConfirmations,
  writeDifferences,
  writePostponements,
  type Registered,
} from './registration.repository.js';

/** Registrations of one account taken in one turn: each is a call to the provider. */
const REGISTER_BATCH = 100;
const REGISTER_CONCURRENCY = 16;

interface Step {
  readonly registered: Registered;
  readonly step: RegistrarStep;
}

interface Batch {
  readonly account: ServedAccount;
  readonly leaseToken: string;
  readonly steps: readonly Step[];
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
      const nextDueAt = await nextRegisterAt(tx, agenda.merchantId, agenda.providerAccountId);
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
      leaseToken,
      leaseSeconds: this.dependencies.timing.leaseSeconds,
      ...(chargeIds ? { chargeIds } : {}),
    });
    const businessNow = account.businessNow();
    const steps = claimed.map((registered) => ({
      registered,
      step: nextStep(registered.registration, businessNow),
    }));
    const sent = steps.filter(({ step }) => step === 'SEND');
    await countSends(tx, account.merchantId, {
      attemptIds: sent.map(({ registered }) => registered.attempt.id),
      at: businessNow,
    });
    return { account, leaseToken, steps };
  }

  private async serve({ account, leaseToken, steps }: Batch): Promise<void> {
    if (steps.length === 0) return;
    const limit = pLimit(REGISTER_CONCURRENCY);
    const found = await Promise.all(
      steps.map((step) =>
        limit(async () => ({
          registered: step.registered,
          finding: await this.take(step, account),
        })),
      ),
    );
    const again = ofKind(found, 'SEND_AGAIN').map(({ registered }) => registered);
    const write = { account, leaseToken };
    await this.write(write, found);
    if (again.length > 0) await this.sendAgain(write, again);
  }

  private async take({ registered, step }: Step, account: ServedAccount) {
    const { attempt, registration, providerKey } = registered;
    const { provider, access } = account;
    const context = () => ({
      now: account.now(),
      businessNow: account.businessNow(),
      quietPeriodSeconds: this.dependencies.timing.quietPeriodSeconds,
    });
    const reference = attempt.providerReference;
    switch (step) {
      case 'RELEASE':
        return { kind: 'RELEASED', evidence: { sends: 0 } } as const;
      case 'SEND': {
        const submission = await provider.sendSchedule(access, attempt.request);
        const sent = { ...registration, sends: registration.sends + 1 };
        return afterSubmission(sent, submission, context());
      }
      case 'READ':
        return afterReading(
          registration,
          await provider.readSchedule(access, reference),
          context(),
        );
      case 'REVOKE': {
        const revocation = await provider.revokeSchedule(access, { providerKey, reference });
        const reading = await provider.readSchedule(access, reference);
        return afterRevocation(registration, { revocation, reading }, context());
      }
    }
  }

  private async sendAgain(
    write: { readonly account: ServedAccount; readonly leaseToken: string },
    again: readonly Registered[],
  ): Promise<void> {
    const { account } = write;
    const { database, timing } = this.dependencies;
    await database.withMerchant(account.merchantId, (tx) =>
      countSends(tx, account.merchantId, {
        attemptIds: again.map(({ attempt }) => attempt.id),
        at: account.businessNow(),
      }),
    );
    const found = await Promise.all(
      again.map(async (registered) => {
        const { registration, attempt } = registered;
        const submission = await account.provider.sendSchedule(account.access, attempt.request);
        const finding = afterSubmission(
          { ...registration, sends: registration.sends + 1, absents: 0, firstAbsentAt: null },
          submission,
          {
            now: account.now(),
            businessNow: account.businessNow(),
            quietPeriodSeconds: timing.quietPeriodSeconds,
          },
        );
        return { registered, finding };
      }),
    );
    await this.write(write, found);
  }

  private async write(
    { account, leaseToken }: { readonly account: ServedAccount; readonly leaseToken: string },
    found: readonly Found[],
  ): Promise<void> {
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
          clockOffsetMs: account.clockOffsetMs,
          firstLookSeconds: timing.scheduleLooksSeconds[0] ?? 0,
        },
      );
      await writePostponements(
        tx,
        ofKind(found, 'ASK_LATER').map(({ registered, finding }) => ({ registered, ...finding })),
        { merchantId, leaseToken },
      );
      const different = ofKind(found, 'DIFFERS').map(({ registered }) => registered.charge.id);
      await writeDifferences(tx, different, { merchantId, leaseToken });
      await release(tx, ofKind(found, 'RELEASED'), { account, leaseToken, settler });
      const nextAt = await nextRegisterAt(tx, merchantId, providerAccountId);
      if (nextAt) await hasten(tx, [{ providerAccountId, lane: 'REGISTER', at: nextAt }]);
    });
  }
}
