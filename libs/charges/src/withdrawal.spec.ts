import {
  attemptOf,
  BUSINESS_NOW,
  chargeOf,
  LOOKS_SECONDS,
  NOW,
  QUIET_PERIOD_SECONDS,
} from '../../../test/support/charge.builder.js';
import { after, businessInstant } from '#platform/clock';
import { notSentAgain, withdrawn } from './withdrawal.js';

const NOTHING_LEARNED = {
  ...{ outcome: 'NOT_SENT', failureCode: null, providerCode: null, providerMessage: null },
  ...{ providerPaymentId: null, providerChargeId: null, capturedMinor: 0, answer: null },
};

describe('what was taken back before the wire', () => {
  it.each([
    [null, 'SCHEDULED'],
    ['DO_NOT_HONOR', 'RETRY_SCHEDULED'],
  ] as const)('waits where it waited, due as before: after %s it is %s', (failureCode, to) => {
    const charge = chargeOf({ state: 'SUBMITTING', failureCode, setbacks: 2, declines: 1 });
    const attempt = attemptOf();
    expect(withdrawn(charge, attempt, 'held')).toMatchObject({
      ...{ to, attemptId: attempt.id, sendAt: charge.sendAt, setbacks: 2, declines: 1 },
      ...{ cause: 'dispatcher: taken back before it was sent', nextLookAt: null },
      ...{ evidence: { kind: 'NOT_SENT', reason: 'held' }, attempt: NOTHING_LEARNED },
    });
  });
});

describe('what would go out again, and may not', () => {
  const unresolvedSince = after(NOW, -QUIET_PERIOD_SECONDS);
  const sendAt = businessInstant(BUSINESS_NOW.getTime() - 86_400_000);
  const unclear = { state: 'UNKNOWN', absents: 2, looks: 3, unresolvedSince, sendAt } as const;
  const again = (lookUp: 'CONCLUSIVE' | 'POSITIVE_ONLY', more: object = {}) => {
    const attempt = attemptOf();
    return {
      attempt,
      settlement: notSentAgain(chargeOf({ ...unclear, ...more }), attempt, {
        ...{ now: NOW, plannedAt: NOW, looksSeconds: LOOKS_SECONDS },
        ...{ quietPeriodSeconds: QUIET_PERIOD_SECONDS },
        ...{ lookUp, replay: lookUp === 'CONCLUSIVE' ? 'NONE' : 'ENFORCED' },
        ...{ cause: 'resolver', businessNow: BUSINESS_NOW, obstacle: 'its schedule is canceled' },
      }),
    };
  };

  it.each(['UNKNOWN', 'NEEDS_REVIEW'])(
    'never happened where absence is proof, and is due for whoever refuses it: from %s',
    (state) => {
      const { attempt, settlement } = again('CONCLUSIVE', { state });
      expect(settlement).toMatchObject({
        ...{ to: 'RETRY_SCHEDULED', sendAt: BUSINESS_NOW, nextLookAt: null, looks: 0, absents: 0 },
        ...{ attemptId: attempt.id, attempt: NOTHING_LEARNED, failure: null, retry: null },
        cause: 'resolver: it never arrived, and is not sent again',
        evidence: {
          ...{ look: 4, found: 'ABSENT', absents: 3, notSentAgain: 'its schedule is canceled' },
        },
      });
    },
  );

  it('is asked about further where absence is none, and then a person is', () => {
    const asked = again('POSITIVE_ONLY').settlement;
    expect(asked).toMatchObject({ to: null, attempt: null, looks: 4, absents: 3, sendAt: null });
    expect(asked.evidence).toMatchObject({ notSentAgain: 'its schedule is canceled' });
    const last = again('POSITIVE_ONLY', { looks: LOOKS_SECONDS.length - 1 }).settlement;
    expect(last).toMatchObject({ to: 'NEEDS_REVIEW', attempt: null, cause: 'resolver' });
    expect(last.evidence).toMatchObject({ notSentAgain: 'its schedule is canceled' });
    expect(last.nextLookAt).not.toBeNull();
  });
});
