import { DECISIONS } from './decisions.js';
import type { Sabotage } from './campaign.js';
import { PROVIDER_KINDS } from './provider.js';

/** A decision broken on purpose: if the model does not notice, it proves nothing. */
export const SABOTEURS: Readonly<Record<string, Sabotage>> = {
  'a time-out counts as declined': {
    decisions: {
      settle: (charge, attempt, context) =>
        DECISIONS.settle(charge, attempt, {
          ...context,
          outcome:
            context.outcome.kind === 'UNKNOWN'
              ? {
                  ...{ kind: 'DECLINED', providerPaymentId: null, failureCode: 'UNCLASSIFIED' },
                  ...{ providerCode: null, providerMessage: null },
                }
              : context.outcome,
        }),
    },
  },
  'results are written without a fence': { rules: { isFenced: false } },
  'a sender does not look at the clock': { rules: { checksDeadline: false } },
  'there is no quiet period': { rules: { quietPeriodSeconds: 0 } },
  'one absence is proof': {
    decisions: {
      afterLook: (charge, attempt, context) => {
        const look = DECISIONS.afterLook({ ...charge, absents: charge.absents + 2 }, attempt, {
          ...{ ...context, quietPeriodSeconds: 0 },
        });
        return { ...look, charge };
      },
    },
  },
  'earlier attempts are not asked about': { rules: { asksEarlier: false } },
  'a look asks for the payments of its own attempt only': {
    rules: { looksAtEarlier: false },
    // Only there does a reference not find every payment, and something still goes out after looks.
    kinds: PROVIDER_KINDS.filter(({ guard }) => guard === 'REPLAY'),
  },
  'what is absent at Nexi never happened': {
    decisions: {
      afterLook: (charge, attempt, context) =>
        DECISIONS.afterLook(charge, attempt, { ...context, lookUp: 'CONCLUSIVE' }),
    },
  },
  'a refusal of a resend speaks of the first send': {
    decisions: { isFirstAnswerAgain: () => true },
  },
  'only the first payment of a reference is read': {
    decisions: {
      judge: (reading, expected) =>
        DECISIONS.judge(
          reading.kind === 'FOUND'
            ? { ...reading, payments: reading.payments.slice(0, 1) }
            : reading,
          expected,
        ),
    },
  },
  'a refund whose answer is missing is sent again': {
    decisions: {
      refundRead: (refund, reading, context) => ({
        ...DECISIONS.refundRead(refund, reading, context),
        ...{ status: refund.status, resend: true },
      }),
    },
  },
  'nobody is told of a refund that another one overtook': {
    decisions: {
      refundRead: (refund, reading, context) => ({
        ...DECISIONS.refundRead(refund, reading, context),
        isStuck: false,
      }),
    },
  },
};
