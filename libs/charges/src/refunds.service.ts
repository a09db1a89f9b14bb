import { amountProblem, invariant, newId, textProblem } from '#kernel';
import type { Database, Transaction } from '#platform/database';
import { hasten, refusal } from '#merchants';

import type { ChargeRefusal } from './charge-refusal.js';
import { findCharges, type ChargeView } from './charge-view.repository.js';
import { openAccount, type ChargesDependencies } from './dependencies.js';
import { writeRefund } from './refund-settle.repository.js';
import {
  checkRefundResolution,
  checkUnclear,
  refundResolvedBy,
  type RefundResolution,
} from './refund-resolution.js';
import {
  findRefund,
  findRefundByKey,
  listRefunds,
  type RefundView,
} from './refund-view.repository.js';
import {
  insertRefund,
  leaseRefund,
  lockCapture,
  lockRefund,
  type Captured,
} from './refunds.repository.js';
import { chargeRequestOf } from './charge-request.js';

export interface RefundRefusal extends ChargeRefusal {
  /** What may still be refunded, minor units: stands with REFUND_EXCEEDS_CAPTURED. */
  readonly refundableMinor?: number;
}

export type RefundCreation =
  | { readonly kind: 'CREATED'; readonly refund: RefundView; readonly replayed: boolean }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly RefundRefusal[] };

export type RefundCommand =
  | { readonly kind: 'DONE'; readonly refund: RefundView }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly ChargeRefusal[] };

export interface CreateRefund {
  readonly chargeId: string | undefined;
  /** Which captured payment; absent: the one that counts. */
  readonly providerPaymentId?: string | null;
  /** Absent: all that is left. */
  readonly amountMinor?: number | null;
  readonly currency?: string | null;
  readonly reason: string;
  readonly idempotencyKey: string;
  readonly requestHash: string;
}

const REFUNDABLE: readonly ChargeView['state'][] = ['SUCCEEDED', 'PARTIALLY_REFUNDED'];
/** Long enough for any system's key, short enough for an index. */
const KEY_MAX = 255;
/** PortOne cuts at 256, Nexi takes none. */
const REASON_MAX = 200;

/** Money going back for one captured payment: reserved and written down before any call; the worker sends it. */
export class Refunds {
  constructor(private readonly dependencies: ChargesDependencies) {}

  create(merchantId: string, request: CreateRefund): Promise<RefundCreation> {
    const problems = check(request);
    if (problems.length > 0) return Promise.resolve(refused(...problems));
    return this.database.withMerchant(merchantId, async (tx) => {
      const [charge] = request.chargeId
        ? await findCharges(tx, merchantId, [request.chargeId])
        : [];
      if (!charge) return refused(refusal('NOT_FOUND', ['id'], 'expected a charge of yours'));
      // The lock on the capture puts two refunds of one payment in order.
      const capture = await lockCapture(tx, merchantId, {
        chargeId: charge.id,
        providerPaymentId: request.providerPaymentId ?? null,
      });
      const earlier = await findRefundByKey(tx, merchantId, request.idempotencyKey);
      if (earlier) return replay(earlier, request);
      if (!capture && request.providerPaymentId) return refused(UNKNOWN_PAYMENT);
      if (!capture || (capture.isCounted && !REFUNDABLE.includes(charge.state)))
        return refused(
          refusal('INVALID_STATE', ['id'], `expected a captured charge, found ${charge.state}`),
        );
      const problem = checkAmount(request, charge, capture);
      if (problem) return refused(problem);
      const { providerPaymentId } = capture;
      if (providerPaymentId === null) return refused(UNNAMED_PAYMENT);
      return this.write(tx, merchantId, { request, charge, capture, providerPaymentId });
    });
  }

  list(merchantId: string, chargeIds: readonly string[]): Promise<RefundView[]> {
    return this.database.withMerchant(merchantId, (tx) => listRefunds(tx, merchantId, chargeIds));
  }

  /** A person decides what asking could not, under the row's lock. Never happened: the provider is asked once more, and it is sent again. */
  async resolve(
    merchantId: string,
    refundId: string | undefined,
    { by, ...resolution }: RefundResolution & { readonly by: string },
  ): Promise<RefundCommand> {
    return this.database.withMerchant(merchantId, async (tx) => {
      const locked = refundId && (await lockRefund(tx, merchantId, refundId));
      if (!locked) return declined(refusal('NOT_FOUND', ['id'], 'expected a refund of yours'));
      const { id, providerAccountId } = locked;
      const unfit = checkUnclear(locked, tx.now);
      const refusals = unfit ? [unfit] : checkRefundResolution(resolution);
      if (refusals.length > 0) return declined(...refusals);
      const account = await openAccount(tx, this.dependencies, { merchantId, providerAccountId });
      const refund = { ...locked, status: 'UNKNOWN' as const };
      const leaseToken = newId();
      await leaseRefund(tx, merchantId, { id, leaseToken });
      await writeRefund(tx, merchantId, {
        ...{ refund, leaseToken, businessNow: account.businessNow() },
        change: refundResolvedBy(refund, { ...resolution, now: tx.now }),
        told: { by, note: `resolved as ${resolution.outcome}: ${resolution.evidence}` },
      });
      await hasten(tx, [{ providerAccountId, lane: 'REFUND', at: tx.now }]);
      const resolved = await findRefund(tx, merchantId, id);
      invariant(resolved, 'expected the refund that was just resolved, found none');
      return { kind: 'DONE', refund: resolved };
    });
  }

  private get database(): Database {
    return this.dependencies.database;
  }

  private async write(
    tx: Transaction,
    merchantId: string,
    { request, charge, capture, providerPaymentId }: Refunding,
  ): Promise<RefundCreation> {
    const { providerAccountId, currency } = charge;
    const account = await openAccount(tx, this.dependencies, { merchantId, providerAccountId });
    const id = newId();
    const amountMinor = request.amountMinor ?? leftOf(capture);
    const frozen = account.provider.describeRefund(account.access, {
      reference: id.replaceAll('-', ''),
      providerPaymentId,
      providerChargeId: capture.providerChargeId,
      amount: { amountMinor, currency },
      capturedMinor: capture.capturedMinor,
      refundedBeforeMinor: capture.refundedMinor,
      order: chargeRequestOf(charge, '', '').order,
      reason: request.reason,
    });
    await insertRefund(tx, merchantId, {
      businessNow: account.businessNow(),
      refund: {
        ...{ id, capture, providerAccountId, amountMinor, currency },
        chargeId: charge.id,
        reason: request.reason,
        idempotencyKey: request.idempotencyKey,
        requestHash: request.requestHash,
        request: frozen,
      },
    });
    await hasten(tx, [{ providerAccountId, lane: 'REFUND', at: tx.now }]);
    const refund = await findRefundByKey(tx, merchantId, request.idempotencyKey);
    if (!refund) throw new Error('expected the refund that was just written');
    return { kind: 'CREATED', refund, replayed: false };
  }
}

interface Refunding {
  readonly request: CreateRefund;
  readonly charge: ChargeView;
  readonly capture: Captured;
  readonly providerPaymentId: string;
}

const UNNAMED_PAYMENT: RefundRefusal = refusal(
  'INVALID_STATE',
  ['id'],
  'expected a capture whose payment is known; a person resolved this charge and named none: refund it at the provider',
);

const UNKNOWN_PAYMENT: RefundRefusal = refusal(
  'NOT_FOUND',
  ['providerPaymentId'],
  'expected a captured payment of this charge',
);

const leftOf = ({ capturedMinor, refundedMinor, reservedMinor }: Captured): number =>
  capturedMinor - refundedMinor - reservedMinor;

const refused = (...refusals: RefundRefusal[]): RefundCreation => ({ kind: 'REFUSED', refusals });

const declined = (...refusals: ChargeRefusal[]): RefundCommand => ({ kind: 'REFUSED', refusals });

const check = ({ reason, idempotencyKey, amountMinor }: CreateRefund): RefundRefusal[] => {
  const problems: RefundRefusal[] = [];
  const reasonProblem = textProblem(reason, REASON_MAX);
  if (reasonProblem) problems.push(refusal('INVALID_INPUT', ['reason'], reasonProblem));
  if (idempotencyKey.trim() === '' || idempotencyKey.length > KEY_MAX)
    problems.push(refusal('INVALID_INPUT', ['idempotencyKey'], `expected 1–${KEY_MAX} characters`));
  const ofAmount = amountMinor == null ? undefined : amountProblem(amountMinor);
  if (ofAmount) problems.push(refusal('INVALID_AMOUNT', ['amount', 'amount'], ofAmount));
  return problems;
};

const checkAmount = (
  request: CreateRefund,
  charge: ChargeView,
  capture: Captured,
): RefundRefusal | undefined => {
  if (request.currency && request.currency !== charge.currency)
    return refusal(
      'CURRENCY_NOT_SUPPORTED',
      ['amount', 'currency'],
      `expected the charge's ${charge.currency}, found ${request.currency}`,
    );
  if (capture.reservedMinor > 0)
    return refusal(
      'REFUND_IN_PROGRESS',
      ['id'],
      'expected no other refund of this charge under way',
    );
  const refundableMinor = leftOf(capture);
  const isTooMuch = refundableMinor === 0 || (request.amountMinor ?? 0) > refundableMinor;
  return isTooMuch
    ? {
        ...refusal(
          'REFUND_EXCEEDS_CAPTURED',
          ['amount', 'amount'],
          `expected at most ${refundableMinor}, found ${request.amountMinor ?? 'all that is left'}`,
        ),
        refundableMinor,
      }
    : undefined;
};

const replay = (earlier: RefundView, request: CreateRefund): RefundCreation =>
  earlier.requestHash === request.requestHash
    ? { kind: 'CREATED', refund: earlier, replayed: true }
    : refused(
        refusal(
          'IDEMPOTENCY_MISMATCH',
          ['idempotencyKey'],
          'expected the same content as when this key was first sent, found other content',
        ),
      );
