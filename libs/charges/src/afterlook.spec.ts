import { newId } from '#kernel';
import { after } from '#platform/clock';
import { NO_RETRY } from '#dunning';
import type { Outcome } from '#providers/contract';

import { afterlookOf, type Looking } from './afterlook.js';
import type { Attempt, Charge } from './charge.js';
import type { EarlierAttempts } from './loaded.repository.js';
import { moved, settle, type Settlement } from './settlement.js';
import {
  attemptOf,
  BUSINESS_NOW,
  chargeOf,
  LOOKS_SECONDS,
  NOW,
} from '../../../test/support/charge.builder.js';

const AFTERLOOKS_SECONDS = [600, 3_600, 86_400];
const CONTEXT = { now: NOW, afterlooksSeconds: AFTERLOOKS_SECONDS };
const FIRST = { afterlooks: 0, nextAfterlookAt: after(NOW, 600) };
const NONE = { afterlooks: 0, nextAfterlookAt: null };

const captured: Outcome = {
  ...{ kind: 'SUCCEEDED', providerPaymentId: 'imp_1', providerChargeId: null },
  captured: { amountMinor: 9_900, currency: 'KRW' },
};
const declined: Outcome = {
  ...{ kind: 'DECLINED', providerPaymentId: 'imp_1', failureCode: 'DO_NOT_HONOR' },
  ...{ providerCode: null, providerMessage: null },
};
const once: EarlierAttempts = {
  ...{ references: [{ reference: 'a'.repeat(32), providerKey: 'customer-key' }], paymentIds: [] },
  ...{ decided: 1, singles: 1 },
};

/** A charge as its first sender holds it, and what became of it. */
const decided = (
  outcome: Outcome,
  of: {
    readonly charge?: Partial<Charge>;
    readonly attempt?: Partial<Attempt>;
    readonly earlier?: Partial<EarlierAttempts>;
  } = {},
) => {
  const charge = chargeOf({ leaseToken: null, ...of.charge });
  const attempt = attemptOf(of.attempt);
  const settlement = settle(charge, attempt, {
    ...{ outcome, now: NOW, businessNow: BUSINESS_NOW, looksSeconds: LOOKS_SECONDS },
    ...{ policy: NO_RETRY, cause: 'dispatcher', isNegativeBelieved: true },
  });
  const earlier = of.earlier ? { ...once, ...of.earlier } : null;
  return afterlookOf(looking(settlement, { attempt, earlier }), CONTEXT);
};

const looking = (
  settlement: Settlement,
  more: Partial<Looking['loaded']> & { readonly isAnswered?: boolean },
): Looking => {
  const { isAnswered, ...loaded } = more;
  return {
    settlement,
    loaded: {
      ...{ charge: settlement.charge, providerKey: 'customer-key', keyStatus: 'ACTIVE' },
      ...{
        keyHardFailureCode: null,
        schedule: null,
        retryPolicy: null,
        unsentReference: null,
        earlier: null,
      },
      ...loaded,
    },
    ...(isAnswered === undefined ? {} : { isAnswered }),
  };
};

describe('a success', () => {
  it('without any doubt is not looked at again', () => {
    expect(decided(captured)).toEqual(NONE);
    expect(decided(captured, { charge: { state: 'PROCESSING' } })).toEqual(NONE);
    const fired = { charge: { state: 'REGISTERED', looks: 2 }, attempt: { kind: 'SCHEDULE' } };
    expect(decided(captured, fired as never)).toEqual(NONE);
  });

  it.each([
    ['sent again', { attempt: { sends: 2 } }],
    ['of a second attempt', { earlier: {} }],
    ['that was unclear', { charge: { state: 'UNKNOWN' } }],
    ['that a person was asked about', { charge: { state: 'NEEDS_REVIEW' } }],
    ['that was unclear, and then under way', { charge: { state: 'PROCESSING', looks: 1 } }],
    ['whose sender was lost', { charge: { state: 'SUBMITTING', leaseToken: newId() } }],
    ['that came late', { charge: { state: 'FAILED' } }],
  ] as const)('%s is looked at again', (_, of) => {
    expect(decided(captured, of)).toEqual(FIRST);
  });

  it('of a bulk operation is not asked about one by one', () => {
    const bulk = { attempt: { kind: 'BULK' as const } };
    expect(decided(captured, { ...bulk, charge: { state: 'UNKNOWN' } })).toEqual(NONE);
    expect(decided(declined, bulk)).toEqual(NONE);
    expect(decided(declined, { ...bulk, earlier: { singles: 0 } })).toEqual(NONE);
  });
});

describe('a failure', () => {
  it('is looked at again: the provider may capture it later', () => {
    expect(decided(declined)).toEqual(FIRST);
  });

  it('of what never went out is not', () => {
    const settlement = moved({ charge: chargeOf({ state: 'SCHEDULED' }) }, 'FAILED', 'no key');
    expect(afterlookOf(looking(settlement, {}), CONTEXT)).toEqual(NONE);
    expect(afterlookOf(looking(settlement, { earlier: once }), CONTEXT)).toEqual(FIRST);
  });
});

describe('a cancellation', () => {
  const canceled = (state: Charge['state'], more: Parameters<typeof looking>[1]) =>
    afterlookOf(
      looking(moved({ charge: chargeOf({ state }) }, 'CANCELED', 'asked'), more),
      CONTEXT,
    );

  it('is looked at again where an attempt went out before', () => {
    expect(canceled('RETRY_SCHEDULED', { earlier: once })).toEqual(FIRST);
    expect(canceled('SCHEDULED', {})).toEqual(NONE);
  });

  it('of what the provider held and gave back is not', () => {
    expect(canceled('REGISTERED', { earlier: once })).toEqual(NONE);
  });
});

describe('looks after the decision', () => {
  const looked = (made: number, more: { isDue?: boolean; isAnswered?: boolean } = {}) => {
    const { isDue = true, isAnswered = true } = more;
    const charge = chargeOf({ state: 'SUCCEEDED' });
    const settlement = { ...moved({ charge }, 'FAILED', 'resolver'), to: null };
    return afterlookOf(looking(settlement, { afterlook: { made, isDue }, isAnswered }), CONTEXT);
  };

  it('are as many as there are times, each its distance from the one before', () => {
    expect(looked(0)).toEqual({ afterlooks: 1, nextAfterlookAt: after(NOW, 3_000) });
    expect(looked(1)).toEqual({ afterlooks: 2, nextAfterlookAt: after(NOW, 82_800) });
    expect(looked(2)).toEqual({ afterlooks: 3, nextAfterlookAt: null });
  });

  it('end with an answer: the last is made until there is one', () => {
    expect(looked(0, { isAnswered: false })).toEqual(looked(0));
    const again = { afterlooks: 2, nextAfterlookAt: after(NOW, 82_800) };
    expect(looked(2, { isAnswered: false })).toEqual(again);
  });

  it('are left as they are by a look that was asked for in between', () => {
    expect(looked(1, { isDue: false })).toBeUndefined();
  });

  it('end where it is to be sent again', () => {
    const charge = chargeOf({ state: 'FAILED' });
    const settlement = moved({ charge }, 'RETRY_SCHEDULED', 'asked');
    expect(afterlookOf(looking(settlement, { earlier: once }), CONTEXT)).toEqual(NONE);
  });
});
