import { after } from '#platform/clock';
import type { SettledCharge } from '#charges';

import { HardKeyContributor } from './hard-key.contributor.js';
import { BUSINESS_NOW, chargeOf, NOW } from '../../../test/support/charge.builder.js';

const charge = chargeOf();
const foundOf = (of: Pick<SettledCharge, 'to' | 'failureCode'>) =>
  new HardKeyContributor().contribute({
    ...{ charge, atEnd: null, schedule: null, businessNow: BUSINESS_NOW, now: NOW },
    ...{ clockOffsetMs: 0, ...of },
  });

describe('a key that must not be charged any more', () => {
  it('is told of by a charge that failed for good on it, from the next minute on', () => {
    expect(foundOf({ to: 'FAILED', failureCode: 'LOST_OR_STOLEN' })).toEqual([
      { billingKeyId: charge.billingKeyId, dueFrom: after(BUSINESS_NOW, 60) },
    ]);
  });

  it.each([
    ['FAILED', 'EXPIRED_CARD'],
    ['FAILED', 'INSUFFICIENT_FUNDS'],
    ['FAILED', null],
    ['RETRY_SCHEDULED', 'LOST_OR_STOLEN'],
    ['CANCELED', 'LOST_OR_STOLEN'],
  ] as const)('is not told of by one that is %s with %s', (to, failureCode) => {
    expect(foundOf({ to, failureCode })).toEqual([]);
  });
});
