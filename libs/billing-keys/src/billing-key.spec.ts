import { afterKeyLook, checkAttach, checkCard, lastFourOf } from './billing-key.js';

const card = { number: '4330 1234-1234 1234', expiryYear: '2031', expiryMonth: '07' };

describe('what a caller sends', () => {
  it('is taken with any printable customer reference and provider key', () => {
    const input = { providerAccountId: 'a', customerRef: '고객/42', providerKey: 'k'.repeat(80) };
    expect(checkAttach(input)).toEqual([]);
    for (const customerRef of ['', ' padded', 'x'.repeat(256), 'a\u0000b', '\ud800'])
      expect(checkAttach({ ...input, customerRef })).toMatchObject([{ field: ['customerRef'] }]);
    expect(checkAttach({ ...input, providerKey: 'k'.repeat(81) })).toHaveLength(1);
  });

  it('is refused field by field when the card cannot be one, without repeating it', () => {
    expect(checkCard(card)).toEqual([]);
    const wrong = {
      number: '12',
      expiryYear: '31a',
      expiryMonth: '13',
      cvc: 'x',
      passwordTwoDigits: '1',
    };
    const refusals = checkCard(wrong);
    expect(refusals.map(({ field }) => field[1])).toEqual([
      'number',
      'expiryYear',
      'expiryMonth',
      'passwordTwoDigits',
      'cvc',
    ]);
    expect(refusals.map(({ message }) => message).join()).not.toMatch(/31a|found/);
  });

  it('is told apart by no more of the card than its last four digits', () => {
    expect(lastFourOf(card)).toBe('1234');
  });
});

describe('a look at a key whose issue is unclear', () => {
  it('believes absence only when it has lasted ten minutes', () => {
    let waited = 0;
    let looks = 0;
    for (;;) {
      const look = afterKeyLook(looks, { kind: 'ABSENT' });
      if (look.kind !== 'AGAIN') {
        expect(look).toEqual({ kind: 'NEVER_ISSUED' });
        break;
      }
      waited += look.afterSeconds;
      looks = look.looks;
    }
    expect(waited).toBe(600);
  });

  it('goes on for as long as the provider cannot be asked', () => {
    expect(afterKeyLook(4, { kind: 'UNAVAILABLE' })).toMatchObject({ kind: 'AGAIN', looks: 4 });
  });

  it('takes the card as soon as the provider shows it', () => {
    const shown = { maskedNumber: '4330****1234', brand: null, expiresOn: null };
    expect(afterKeyLook(2, { kind: 'FOUND', card: shown })).toEqual({
      kind: 'ACTIVE',
      card: shown,
    });
  });
});
