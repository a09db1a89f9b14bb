import { after, type MachineInstant } from '#platform/clock';
import type {
  Capabilities,
  Outcome,
  ProviderPayment,
  Reading,
  RefundOutcome,
  RefundReading,
} from '#providers/contract';

/** What a provider is like, as far as money can be lost by it. */
export interface ProviderKind {
  readonly name: string;
  /** PAID_ONLY: a second payment under a paid reference is refused. REPLAY: a key answers with its first result. NONE: each request counts. */
  readonly guard: 'PAID_ONLY' | 'REPLAY' | 'NONE';
  readonly capabilities: Pick<
    Capabilities,
    'lookUp' | 'replay' | 'reusableReference' | 'repeatableRefund'
  >;
}

const PORTONE = { lookUp: 'CONCLUSIVE', replay: 'NONE', repeatableRefund: true } as const;
const NEXI = { lookUp: 'POSITIVE_ONLY', reusableReference: false } as const;

export const PROVIDER_KINDS: readonly ProviderKind[] = [
  {
    name: 'PortOne, a paid reference is refused',
    guard: 'PAID_ONLY',
    capabilities: { ...PORTONE, reusableReference: true },
  },
  {
    name: 'PortOne, no guard, one reference per attempt',
    guard: 'NONE',
    capabilities: { ...PORTONE, reusableReference: false },
  },
  {
    name: 'Nexi, replay enforced',
    guard: 'REPLAY',
    capabilities: { ...NEXI, replay: 'ENFORCED', repeatableRefund: true },
  },
  {
    name: 'Nexi, replay unproven and absent',
    guard: 'NONE',
    capabilities: { ...NEXI, replay: 'UNPROVEN', repeatableRefund: false },
  },
];

export interface LedgerPayment {
  readonly id: string;
  readonly reference: string;
  readonly chargeId: string;
  readonly amountMinor: number;
  status: 'PENDING' | 'PAID' | 'FAILED';
  paidAt: MachineInstant | null;
  /** When a question by reference shows it; null: never, only one by its id does. */
  readonly visibleAt: MachineInstant | null;
  /** It failed first and was paid afterwards. */
  isLate: boolean;
  refunds: { readonly id: string; readonly amountMinor: number; readonly of: string | null }[];
}

export type Verdict = 'APPROVE' | 'TAKE_IN' | 'DECLINE' | 'DECLINE_HARD' | 'RATE_LIMIT' | 'BUSY';

export interface SentCharge {
  readonly chargeId: string;
  readonly reference: string;
  readonly amountMinor: number;
}

export interface SentRefund {
  readonly refundId: string;
  readonly providerPaymentId: string;
  readonly amountMinor: number;
  readonly refundedBeforeMinor: number;
}

const CURRENCY = 'KRW';
const FAILURE = { providerCode: null, providerMessage: null } as const;
/** How long a payment may stay unseen by reference after it was made. */
export type ReadLag = 0 | 20 | 90 | 'FOR_EVER';

/** The other side: what it holds is the truth the house is measured by. */
export class ModelProvider {
  readonly payments: LedgerPayment[] = [];
  readonly #answers = new Map<string, Outcome>();
  readonly #refundAnswers = new Map<string, RefundOutcome>();

  constructor(readonly kind: ProviderKind) {}

  charge(
    sent: SentCharge,
    how: { readonly verdict: Verdict; readonly lag: ReadLag; readonly now: MachineInstant },
  ): Outcome {
    if (how.verdict === 'RATE_LIMIT')
      return { kind: 'REJECTED', failureCode: 'RATE_LIMITED', ...FAILURE };
    if (how.verdict === 'BUSY') return { kind: 'UNKNOWN', reason: 'HTTP 503' };
    const known = this.#answers.get(sent.reference);
    if (this.kind.guard === 'REPLAY' && known) return known;
    const isPaid = this.payments.some(
      (p) => p.reference === sent.reference && p.status !== 'FAILED',
    );
    if (this.kind.guard === 'PAID_ONLY' && isPaid)
      return { kind: 'UNKNOWN', reason: 'HTTP 200: ALREADY_USED' };
    const outcome = this.#execute(sent, how);
    this.#answers.set(sent.reference, outcome);
    return outcome;
  }

  #execute(
    sent: SentCharge,
    { verdict, lag, now }: { verdict: Verdict; lag: ReadLag; now: MachineInstant },
  ): Outcome {
    const isNeverSeen = lag === 'FOR_EVER' && this.kind.capabilities.lookUp === 'POSITIVE_ONLY';
    const payment: LedgerPayment = {
      ...sent,
      id: `payment-${this.payments.length + 1}`,
      status: verdict === 'APPROVE' ? 'PAID' : verdict === 'TAKE_IN' ? 'PENDING' : 'FAILED',
      paidAt: verdict === 'APPROVE' ? now : null,
      visibleAt: isNeverSeen ? null : after(now, lag === 'FOR_EVER' ? 90 : lag),
      isLate: false,
      refunds: [],
    };
    this.payments.push(payment);
    const { id: providerPaymentId } = payment;
    if (payment.status === 'PENDING') return { kind: 'PENDING', providerPaymentId };
    return payment.status === 'PAID'
      ? {
          ...{ kind: 'SUCCEEDED', providerPaymentId, providerChargeId: null },
          captured: { amountMinor: sent.amountMinor, currency: CURRENCY },
        }
      : {
          ...{ kind: 'DECLINED', providerPaymentId, ...FAILURE },
          failureCode: verdict === 'DECLINE' ? 'INSUFFICIENT_FUNDS' : 'LOST_OR_STOLEN',
          answer: { status: 402, body: null },
        };
  }

  /** What was undecided is decided, or a failure turns into a payment after all. */
  pay(payment: LedgerPayment, now: MachineInstant): void {
    payment.isLate = payment.status === 'FAILED';
    payment.status = 'PAID';
    payment.paidAt = now;
  }

  /** By reference after the read lag, by id at once. What failed is found by reference only where a question is conclusive. */
  find(
    of: { readonly references: readonly string[]; readonly ids: readonly string[] },
    now: MachineInstant,
  ): Reading<{ readonly payments: readonly ProviderPayment[] }> {
    const isConclusive = this.kind.capabilities.lookUp === 'CONCLUSIVE';
    const found = this.payments.filter(
      ({ id, reference, visibleAt, status }) =>
        of.ids.includes(id) ||
        (of.references.includes(reference) &&
          visibleAt !== null &&
          visibleAt <= now &&
          (isConclusive || status === 'PAID')),
    );
    return found.length === 0
      ? { kind: 'ABSENT' }
      : { kind: 'FOUND', payments: found.map((payment) => shown(payment)) };
  }

  refund(sent: SentRefund, isSlow: boolean): RefundOutcome {
    const payment = this.payments.find(({ id }) => id === sent.providerPaymentId);
    if (!payment) return { kind: 'FAILED', failureCode: 'PROVIDER_REJECTED', ...FAILURE };
    const known = this.#refundAnswers.get(sent.refundId);
    if (this.kind.guard === 'REPLAY' && known) return known;
    const isCompared = this.kind.capabilities.lookUp === 'CONCLUSIVE';
    const before = refundedOf(payment);
    const isRefused = isCompared
      ? before !== sent.refundedBeforeMinor
      : before + sent.amountMinor > payment.amountMinor;
    if (isRefused) return { kind: 'FAILED', failureCode: 'PROVIDER_REJECTED', ...FAILURE };
    const id = this.refundAtConsole(payment, sent.amountMinor, sent.refundId);
    const outcome: RefundOutcome = {
      kind: isSlow ? 'PENDING' : 'SUCCEEDED',
      providerRefundId: id,
    };
    this.#refundAnswers.set(sent.refundId, outcome);
    return outcome;
  }

  /** Somebody pays back without us; or, named, a refund of ours. */
  refundAtConsole(payment: LedgerPayment, amountMinor: number, of: string | null = null): string {
    const id = `${payment.id}-refund-${payment.refunds.length + 1}`;
    payment.refunds.push({ id, amountMinor, of });
    return id;
  }

  readRefunds(providerPaymentId: string): RefundReading {
    const payment = this.payments.find(({ id }) => id === providerPaymentId);
    if (!payment) return { kind: 'ABSENT' };
    const refunds = payment.refunds.map(({ id, amountMinor }) => ({
      ...{ providerRefundId: id, amountMinor, status: 'SUCCEEDED' as const },
    }));
    return { kind: 'FOUND', refundedMinor: refundedOf(payment), refunds };
  }
}

export const refundedOf = ({ refunds }: LedgerPayment): number =>
  refunds.reduce((sum, { amountMinor }) => sum + amountMinor, 0);

const shown = (payment: LedgerPayment): ProviderPayment => ({
  providerPaymentId: payment.id,
  providerChargeId: null,
  reference: payment.reference,
  providerKey: null,
  status: payment.status,
  amount: { amountMinor: payment.amountMinor, currency: CURRENCY },
  capturedMinor: payment.status === 'PAID' ? payment.amountMinor : 0,
  refundedMinor: refundedOf(payment),
  failure: payment.status === 'FAILED' ? { failureCode: 'INSUFFICIENT_FUNDS', ...FAILURE } : null,
  answer: { status: 200, body: null },
});
