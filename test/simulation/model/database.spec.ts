import fc from 'fast-check';
import { newId } from '#kernel';
import { after, businessInstant, type MachineInstant } from '#platform/clock';
import type { Transaction } from '#platform/database';
import type { Outcome } from '#providers/contract';
import { STANDARD_POLICY } from '#dunning';
import {
  acceptCharges,
  afterLook,
  claimLooks,
  hashOf,
  lockDueCharges,
  nextAttempt,
  settle,
  submittedOf,
  writeIntents,
  writeSettlements,
  type Attempt,
  type Charge,
  type Settlement,
} from '#charges';

import { startHouse, type House } from '../../support/house.js';
import { Timekeeper } from '../../support/timekeeper.js';
import { ModelDatabase } from './database.js';
import { HOUSE_RULES } from './decisions.js';
import type { ChargeRow } from './rows.js';

let house: House;
let keyId: string;
beforeAll(async () => {
  house = await startHouse();
  await new Timekeeper(house).key('PORTONE');
  const [key] = await inMerchant((tx) =>
    tx.query<{ id: string }>('SELECT id FROM billing_keys WHERE merchant_id = $1 LIMIT 1', [
      house.merchant.id,
    ]),
  );
  keyId = key!.id;
}, 60_000);
afterAll(() => house.close());

const inMerchant = <T>(work: (tx: Transaction) => Promise<T>): Promise<T> =>
  house.platform.database.withMerchant(house.merchant.id, work);

/** One owner of the charge, as each of the two databases showed it to them. */
interface Owner {
  readonly token: string;
  readonly attempt: Attempt;
  readonly real: Charge;
  readonly model: ChargeRow;
  /** When its next look was due as they took it; nothing: a sender's. */
  readonly plannedAt: MachineInstant | null;
}

interface Act {
  readonly kind: 'CLAIM' | 'LOOK' | 'SETTLE' | 'ABSENT';
  /** Of a lease that is taken: it holds, or is over at once. */
  readonly isLive: boolean;
  /** Which of the owners so far settles. */
  readonly by: number;
  readonly outcome: Outcome;
}

const failure = { providerCode: null, providerMessage: null } as const;
const outcome = fc.constantFrom<Outcome>(
  { kind: 'UNKNOWN', reason: 'timeout' },
  { kind: 'PENDING', providerPaymentId: null },
  { kind: 'NOT_SENT', reason: 'refused' },
  { kind: 'DECLINED', providerPaymentId: null, failureCode: 'DO_NOT_HONOR', ...failure },
  { kind: 'DECLINED', providerPaymentId: null, failureCode: 'LOST_OR_STOLEN', ...failure },
);
const act: fc.Arbitrary<Act> = fc.record({
  kind: fc.constantFrom('CLAIM', 'LOOK', 'LOOK', 'SETTLE', 'SETTLE', 'ABSENT'),
  isLive: fc.boolean(),
  by: fc.nat({ max: 3 }),
  outcome,
});

const LEASE_SECONDS = 90;
const { looksSeconds } = HOUSE_RULES;

/** The same history, told to PostgreSQL through the repositories and to the model. */
class Twins {
  readonly id = newId();
  readonly model = new ModelDatabase(true);
  readonly owners: Owner[] = [];
  readonly #account = house.portone.id;

  async begin(): Promise<void> {
    const dueAt = businessInstant(Date.UTC(2026, 0, 1));
    const charge = {
      ...{ id: this.id, providerAccountId: this.#account, billingKeyId: keyId, orderItems: [] },
      ...{ orderId: this.id, orderName: 'Tea', amountMinor: 9_900, currency: 'KRW', dueAt },
      origin: 'REQUEST' as const,
    };
    await inMerchant((tx) =>
      acceptCharges(tx, [{ ...charge, cause: 'test' }], {
        ...{ merchantId: house.merchant.id, clockOffsetMs: 0 },
      }),
    );
    this.model.accept({
      ...{ ...charge, scheduleId: null, occurrenceNumber: null, bulkChargeId: null },
      ...{ bulkLine: null, retryPolicyId: null, isRetryOff: false, keepsTerms: false },
      ...{ state: 'SCHEDULED', version: 1 },
      ...{ sendAt: dueAt, attemptCount: 0, declines: 0, setbacks: 0, nonSends: 0 },
      ...{ failureCode: null },
      ...{ failureClass: null, firstFailedAt: null, looks: 0, absents: 0, firstAbsentAt: null, unresolvedSince: null },
      ...{ leaseToken: null, leaseUntil: null, nextLookAt: null, refundedMinor: 0 },
      policy: STANDARD_POLICY,
    });
  }

  async act(step: Act): Promise<void> {
    await inMerchant(async (tx) => {
      if (step.kind === 'CLAIM') return this.#claim(tx, step.isLive);
      if (step.kind === 'LOOK') return this.#look(tx, step.isLive);
      const owner = this.owners[step.by % Math.max(1, this.owners.length)];
      if (owner) await this.#settle(tx, owner, step);
    });
  }

  async #claim(tx: Transaction, isLive: boolean): Promise<void> {
    const businessNow = businessInstant(tx.now);
    const due = await lockDueCharges(tx, {
      ...{ merchantId: house.merchant.id, providerAccountId: this.#account, businessNow },
      ...{ limit: 500, origins: ['REQUEST'], held: NOTHING_HELD, retries: 500 },
      lateBefore: businessNow,
    });
    const loaded = due.find(({ charge }) => charge.id === this.id);
    const row = this.model.due(tx.now);
    expect(loaded !== undefined).toBe(row !== undefined);
    if (!loaded || !row) return;
    const before = this.model.knownBefore(row);
    expect(loaded.unsentReference).toBe(before.unsent);
    expect(loaded.earlier?.references.map(({ reference }) => reference)).toEqual(
      before.earlier?.references,
    );
    const token = newId();
    const attempt = nextAttempt(loaded.charge, 'CHARGE', { isReferenceReusable: true });
    const seconds = isLive ? LEASE_SECONDS : -1;
    const request = { method: 'POST', path: '/', headers: {}, body: '' } as const;
    await writeIntents(
      tx,
      [
        {
          charge: loaded.charge,
          attempt,
          request,
          requestHash: hashOf(request),
          providerOperationId: null,
        },
      ],
      {
        ...{ merchantId: house.merchant.id, businessNow, cause: 'test' },
        lease: { token, until: after(tx.now, seconds) },
      },
    );
    this.model.writeIntent(row, attempt, { token, now: tx.now, seconds });
    const model = { ...row, ...submittedOf(row, attempt) };
    this.owners.push({ token, attempt, real: submittedOf(loaded.charge, attempt), plannedAt: null, model });
  }

  async #look(tx: Transaction, isLive: boolean): Promise<void> {
    const token = newId();
    const seconds = isLive ? LEASE_SECONDS : -1;
    const [looked] = await claimLooks(tx, {
      ...{ merchantId: house.merchant.id, providerAccountId: this.#account, limit: 1 },
      ...{ businessNow: businessInstant(tx.now), leaseToken: token, leaseSeconds: seconds },
      chargeIds: [this.id],
    });
    const model = this.model.claimLook({ token, now: tx.now, seconds }, this.id);
    expect(looked !== undefined).toBe(model !== undefined);
    if (!looked || !model) return;
    const { references, paymentIds } = this.model.knownOf(model);
    expect(looked.references.map(({ reference }) => reference)).toEqual(references);
    expect(looked.bookedPaymentIds).toEqual(paymentIds);
    const { charge: real, attempt, plannedAt } = looked;
    expect(plannedAt).toEqual(model.plannedAt);
    this.owners.push({ token, attempt, real, model, plannedAt });
  }

  async #settle(tx: Transaction, owner: Owner, step: Act): Promise<void> {
    const { token, attempt, real, model, plannedAt } = owner;
    const businessNow = businessInstant(tx.now);
    const context = { now: tx.now, looksSeconds, cause: 'test' };
    const decide = (charge: Charge): Settlement =>
      step.kind === 'ABSENT' || !mayBeSettled(charge, step.outcome)
        ? afterLook(charge, attempt, {
            ...{ ...context, finding: { kind: 'ABSENT' }, quietPeriodSeconds: 600 },
            ...{ lookUp: 'CONCLUSIVE', replay: 'NONE', plannedAt },
          })
        : settle(charge, attempt, {
            ...{ ...context, businessNow, policy: STANDARD_POLICY },
            ...{ outcome: step.outcome, isNegativeBelieved: true },
          });
    await writeSettlements(tx, [decide(real)], {
      ...{ merchantId: house.merchant.id, leaseToken: token, clockOffsetMs: 0, businessNow },
      contribute: async () => undefined,
    });
    this.model.settle(decide(model), token, tx.now);
  }

  /** What both remember, side by side. */
  async compare(): Promise<void> {
    const of = [house.merchant.id, this.id];
    const told = await inMerchant(async (tx) => ({
      row: await tx.query<Charge & { nextLookAt: MachineInstant | null }>(ROW, of),
      attempts: await tx.query(ATTEMPTS, of),
      history: await tx.query(HISTORY, of),
      observations: await tx.query(OBSERVATIONS, of),
    }));
    const model = this.model.charge(this.id);
    expect(model).toMatchObject(told.row[0]!);
    expect(
      this.model.attempts.map(({ number, outcome: said, sends }) => ({
        number,
        outcome: said,
        sends,
      })),
    ).toEqual(told.attempts);
    expect(this.model.history.map(({ version, from, to }) => ({ version, from, to }))).toEqual(
      told.history,
    );
    expect(this.model.observations).toBe(told.observations.length);
  }
}

const ROW = `SELECT state, version, attempt_count AS "attemptCount", declines, setbacks,
    non_sends AS "nonSends", looks, absents,
    failure_code AS "failureCode", lease_token AS "leaseToken", send_at AS "sendAt",
    next_look_at AS "nextLookAt", unresolved_since AS "unresolvedSince"
  FROM charges WHERE merchant_id = $1 AND id = $2`;
const ATTEMPTS = `SELECT number, outcome, sends FROM attempts
  WHERE merchant_id = $1 AND charge_id = $2 ORDER BY number`;
const HISTORY = `SELECT version, from_state AS from, to_state AS to FROM charge_transitions
  WHERE merchant_id = $1 AND charge_id = $2 ORDER BY version`;
const OBSERVATIONS = 'SELECT id FROM observations WHERE merchant_id = $1 AND charge_id = $2';
const NOTHING_HELD = { isAccountHeld: false, scheduleIds: [] };
/** Only a sender can say that nothing left. */
const mayBeSettled = ({ state }: Charge, { kind }: Outcome): boolean =>
  state === 'SUBMITTING' ||
  (kind !== 'NOT_SENT' && ['UNKNOWN', 'NEEDS_REVIEW', 'PROCESSING'].includes(state));

it('fences, counts and remembers as PostgreSQL does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 2, maxLength: 8 }), async (acts) => {
      const twins = new Twins();
      await twins.begin();
      await twins.act({
        kind: 'CLAIM',
        isLive: true,
        by: 0,
        outcome: { kind: 'PENDING', providerPaymentId: null },
      });
      for (const each of acts) await twins.act(each);
      await twins.compare();
    }),
    { numRuns: 120, seed: 20_260_301, endOnFailure: true },
  );
}, 120_000);
