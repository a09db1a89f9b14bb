import { after } from '#platform/clock';

import { isForNewCard } from './card-change.js';
import { BUSINESS_NOW, chargeOf } from '../../../test/support/charge.builder.js';

const DAY = 86_400;

describe('another card', () => {
  it.each([
    ['that expired', { failureCode: 'EXPIRED_CARD', failureClass: 'KEY' }, true],
    ['that was stolen', { failureCode: 'LOST_OR_STOLEN', failureClass: 'HARD' }, true],
    [
      'without money, when all tries are used up',
      { failureCode: 'INSUFFICIENT_FUNDS', failureClass: 'SOFT' },
      false,
    ],
    [
      'that our settings were wrong for',
      { failureCode: 'CONFIGURATION', failureClass: 'CONFIGURATION' },
      false,
    ],
  ] as const)('lets a charge that failed on one %s go on: %s', (_, failure, isOn) => {
    const charge = chargeOf({ state: 'FAILED', ...failure });
    expect(isForNewCard(charge, BUSINESS_NOW)).toBe(isOn);
  });

  it('comes too late thirty days after the due time', () => {
    const failure = { failureCode: 'EXPIRED_CARD', failureClass: 'KEY' } as const;
    const dueFor = (seconds: number) =>
      chargeOf({ state: 'FAILED', ...failure, dueAt: after(BUSINESS_NOW, -seconds) });
    expect(isForNewCard(dueFor(30 * DAY), BUSINESS_NOW)).toBe(true);
    expect(isForNewCard(dueFor(30 * DAY + 1), BUSINESS_NOW)).toBe(false);
  });

  it('takes over what waits for its next try, and nothing that is under way or was never refused', () => {
    const soft = { failureCode: 'DO_NOT_HONOR', failureClass: 'SOFT' } as const;
    expect(isForNewCard(chargeOf({ state: 'RETRY_SCHEDULED', ...soft }), BUSINESS_NOW)).toBe(true);
    expect(isForNewCard(chargeOf({ state: 'RETRY_SCHEDULED' }), BUSINESS_NOW)).toBe(false);
    expect(isForNewCard(chargeOf({ state: 'UNKNOWN', ...soft }), BUSINESS_NOW)).toBe(false);
    expect(isForNewCard(chargeOf({ state: 'SCHEDULED' }), BUSINESS_NOW)).toBe(false);
  });
});
