import { classOf, FAILURE_CODES } from './failure.js';
import type { FailureClass } from './failure.js';

const codesOf = (failureClass: FailureClass): string[] =>
  FAILURE_CODES.filter((code) => classOf(code) === failureClass);

it('sorts every code of the contract by what it asks of us', () => {
  expect(codesOf('HARD')).toEqual(['LOST_OR_STOLEN', 'INVALID_CARD', 'FRAUD_SUSPECTED']);
  expect(codesOf('KEY')).toEqual(['EXPIRED_CARD', 'KEY_NOT_FOUND', 'AUTHENTICATION_REQUIRED']);
  expect(codesOf('CONFIGURATION')).toEqual(['CONFIGURATION', 'PROVIDER_REJECTED']);
  expect(codesOf('TRANSIENT')).toEqual([
    'ISSUER_UNAVAILABLE',
    'PROVIDER_UNAVAILABLE',
    'RATE_LIMITED',
  ]);
  expect(codesOf('SOFT')).toEqual([
    'INSUFFICIENT_FUNDS',
    'LIMIT_EXCEEDED',
    'DO_NOT_HONOR',
    'UNCLASSIFIED',
  ]);
  expect(FAILURE_CODES).toHaveLength(15);
});
