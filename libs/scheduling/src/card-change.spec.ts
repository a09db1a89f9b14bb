import fc from 'fast-check';
import { businessInstant } from '#platform/clock';

import { onNewKey, waitsOnReplaced } from './card-change.js';
import { afterPending, pendingOf } from './schedule-update.js';
import type { Schedule } from './schedule.js';
import { scheduleOf } from '../../../test/support/schedule.builder.js';

const pendingChangeAt = businessInstant('2028-02-01T00:00:00Z');
const order = { amount: { amountMinor: 5, currency: 'KRW' } };
const changing = (billingKeyId: string, keptKeyId: string): Schedule =>
  scheduleOf({
    ...{ billingKeyId, pendingChangeAt },
    pendingChange: pendingOf({ billingKeyId: keptKeyId, order }),
  });

describe('a schedule on a new card', () => {
  const key = fc.constantFrom('one', 'two', 'three');

  it('is on it now and later, whatever card was kept for later, and keeps the rest of that change', () => {
    fc.assert(
      fc.property(key, key, key, fc.boolean(), (own, kept, billingKeyId, isNamed) => {
        const replacedKeyIds = isNamed ? undefined : [own];
        const after = onNewKey(changing(own, kept), { billingKeyId, replacedKeyIds });
        expect(after.billingKeyId).toBe(billingKeyId);
        expect(afterPending(after)).toMatchObject({ billingKeyId, amountMinor: 5 });
      }),
    );
  });

  it('stays on its own when only the one kept for later is replaced', () => {
    const newKey = { billingKeyId: 'new', replacedKeyIds: ['kept'] };
    const after = onNewKey(changing('own', 'kept'), newKey);
    expect(after.billingKeyId).toBe('own');
    expect(afterPending(after)).toMatchObject({ billingKeyId: 'new', amountMinor: 5 });
    const other = changing('own', 'other');
    expect(onNewKey(other, newKey)).toBe(other);
  });

  it('keeps no change that named a card alone', () => {
    const pendingChange = pendingOf({ billingKeyId: 'kept' });
    const after = onNewKey(scheduleOf({ pendingChange, pendingChangeAt }), {
      ...{ billingKeyId: 'new', replacedKeyIds: undefined },
    });
    expect(after).toMatchObject({ pendingChange: null, pendingChangeAt: null });
  });

  it('has more to change where one that keeps its terms waits on a replaced card', () => {
    const now = pendingChangeAt;
    const waiting = {
      keepsTerms: true,
      billingKeyId: 'old',
      state: 'SCHEDULED',
      dueAt: now,
    } as const;
    const isFound = (more: object, replacedKeyIds?: readonly string[]) =>
      waitsOnReplaced(
        [{ charge: { ...waiting, ...more } }],
        { billingKeyId: 'new', replacedKeyIds },
        now,
      );
    expect(isFound({})).toBe(true);
    expect(isFound({}, ['old'])).toBe(true);
    expect(isFound({}, ['other'])).toBe(false);
    expect(isFound({ billingKeyId: 'new' })).toBe(false);
    expect(isFound({ keepsTerms: false })).toBe(false);
    expect(isFound({ state: 'RETRY_SCHEDULED' })).toBe(false);
    // The provider's alone by now.
    expect(isFound({ state: 'REGISTERED' })).toBe(false);
  });
});
