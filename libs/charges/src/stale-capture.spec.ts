import { CHARGE_STATES, isLive, isLateEdge } from './charge-state.js';
import { staleIncident } from './stale-capture.js';
import { chargeOf } from '../../../test/support/charge.builder.js';

const capture = { providerPaymentId: 'imp_2', providerChargeId: null, capturedMinor: 9_900 };
const told = (state: (typeof CHARGE_STATES)[number], bookedPaymentIds: readonly string[] = []) =>
  staleIncident(chargeOf(), capture, { state, bookedPaymentIds })?.kind;

describe('a capture that a former owner learned of', () => {
  it.each(['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED'] as const)(
    'is a duplicate beside the one that counts: %s',
    (state) => {
      expect(told(state, ['imp_1'])).toBe('DUPLICATE_CAPTURE');
      expect(told(state)).toBe('DUPLICATE_CAPTURE');
    },
  );

  it('is nothing where it is the one that counts, or was booked before', () => {
    expect(told('SUCCEEDED', ['imp_2'])).toBeUndefined();
    expect(told('REFUNDED', ['imp_1', 'imp_2'])).toBeUndefined();
  });

  it('is a late success of what was decided otherwise, or waits to be sent', () => {
    for (const state of CHARGE_STATES.filter(isLateEdge)) expect(told(state)).toBe('LATE_SUCCESS');
    expect(told('SCHEDULED')).toBe('LATE_SUCCESS');
  });

  it('is asked about, not told, while nothing is decided', () => {
    const undecided = CHARGE_STATES.filter(
      (state) => isLive(state) && !isLateEdge(state) && state !== 'SCHEDULED',
    );
    expect(undecided).toHaveLength(5);
    for (const state of undecided) expect(told(state)).toBeUndefined();
  });

  it('is told as a look would tell it, so that it is one incident', () => {
    const charge = chargeOf({ amountMinor: 9_900, currency: 'KRW' });
    expect(staleIncident(charge, capture, { state: 'SUCCEEDED', bookedPaymentIds: [] })).toEqual({
      kind: 'DUPLICATE_CAPTURE',
      detail: {
        ...{ providerPaymentId: 'imp_2', providerChargeId: null, capturedMinor: 9_900 },
        amount: { amountMinor: 9_900, currency: 'KRW' },
      },
    });
  });
});
