import { classOf } from '#kernel';
import { failureOf } from './failure-codes.js';

/** The union of the vendor's retry guide, its reason-code table and Visa's category 1. */
const NEVER_AGAIN = [
  ...['04', '06', '07', '12', '14', '15', '41', '43', '46', '54', '56', '57', '79'],
  ...['R0', 'R1', 'R3'],
];

describe('issuer codes', () => {
  it.each(NEVER_AGAIN)('%s is never tried again on this card', (code) => {
    const { failureCode } = failureOf({ code, source: 'Issuer' });
    expect(['HARD', 'KEY']).toContain(classOf(failureCode));
  });

  it.each(['', '5', '051', '98', 'toString', undefined])('%s is not known', (code) => {
    expect(failureOf({ code, source: 'Issuer' }).failureCode).toBe('UNCLASSIFIED');
  });

  it('keep their leading zero', () => {
    expect(failureOf({ code: '05', source: 'Issuer' })).toMatchObject({
      failureCode: 'DO_NOT_HONOR',
      providerCode: '05',
    });
  });
});
