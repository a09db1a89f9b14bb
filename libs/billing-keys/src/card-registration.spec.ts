import type { ProviderAccount } from '#merchants';
import { after, machineInstant } from '#platform/clock';
import {
  checkStart,
  nextRegistrationLook,
  REGISTRATION_LIFE_SECONDS,
} from './card-registration.js';

const account = (more: Partial<ProviderAccount> = {}): ProviderAccount =>
  ({
    mode: 'SANDBOX',
    currencies: ['EUR', 'SEK'],
    termsUrl: 'https://shop.example/terms',
    returnHosts: ['shop.example'],
    ...more,
  }) as ProviderAccount;
const input = (more: object = {}) => ({
  providerAccountId: 'a',
  customerRef: 'c',
  returnUrl: 'https://shop.example/done?order=1',
  currency: 'EUR',
  ...more,
});
const codes = (more: object, settings: Partial<ProviderAccount> = {}) =>
  checkStart(input(more), account(settings)).map(({ code, field }) => `${code} ${field}`);

describe('starting a card registration', () => {
  it('returns to the hosts of the account only', () => {
    expect(codes({})).toEqual([]);
    expect(codes({ returnUrl: 'https://evil.example/' })).toEqual([
      'RETURN_HOST_NOT_ALLOWED returnUrl',
    ]);
    expect(codes({ returnUrl: 'https://shop.example@evil.example/' })).toHaveLength(1);
    expect(codes({}, { mode: 'LIVE', returnHosts: [] })).toEqual([
      'RETURN_HOST_NOT_ALLOWED returnUrl',
    ]);
  });

  it('returns to this machine, or anywhere by an empty list, in SANDBOX mode only', () => {
    const returnUrl = 'http://127.0.0.1:8080/done';
    expect(codes({ returnUrl })).toEqual([]);
    expect(codes({ returnUrl: 'http://anywhere.example' }, { returnHosts: [] })).toEqual([]);
    expect(codes({ returnUrl }, { mode: 'LIVE' })).toEqual(['INVALID_INPUT returnUrl']);
  });

  it('names the field of a wrong currency, address, or missing terms', () => {
    expect(codes({ currency: 'KRW' })).toEqual(['CURRENCY_NOT_SUPPORTED currency']);
    expect(codes({ currency: 'ZZZ' })).toEqual(['INVALID_CURRENCY currency']);
    expect(codes({ returnUrl: 'data:text/html,x' })).toEqual(['INVALID_INPUT returnUrl']);
    expect(codes({ returnUrl: `https://shop.example/${'x'.repeat(256)}` })).toHaveLength(1);
    expect(codes({}, { mode: 'LIVE', termsUrl: null })).toEqual([
      'INVALID_INPUT providerAccountId',
    ]);
  });
});

describe('the looks at a card registration', () => {
  const startedAt = machineInstant(Date.UTC(2026, 0, 31));
  const expiresAt = after(startedAt, REGISTRATION_LIFE_SECONDS);

  it('are at 20 s, 1, 2, 5, 10 and 30 minutes, then hourly', () => {
    let now = startedAt;
    const times = Array.from({ length: 8 }, (_, looks) => {
      now = nextRegistrationLook({ expiresAt }, looks, now);
      return (now.getTime() - startedAt.getTime()) / 1_000;
    });
    expect(times).toEqual([20, 60, 120, 300, 600, 1_800, 5_400, 9_000]);
  });

  it('never pile up after an outage', () => {
    const late = after(startedAt, 7_200);
    const next = nextRegistrationLook({ expiresAt }, 2, late);
    expect(next.getTime()).toBeGreaterThan(late.getTime());
  });
});
