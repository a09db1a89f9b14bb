import { withoutCardNumbers } from './card-number.js';

describe('a card number', () => {
  it.each([
    ['4111111111111111', '[card number]'],
    ['4111 1111 1111 1111', '[card number]'],
    ['4330-1200-0000-0009', '[card number]'],
    ['378282246310005', '[card number]'],
    ['4222222222222', '[card number]'],
    ['of 12 4111111111111111 on 2026 11 27', 'of 12 [card number] on 2026 11 27'],
    ['4111111111111111 4330120000000009', '[card number] [card number]'],
  ])('is taken out of %j', (sentence, clean) => {
    expect(withoutCardNumbers(sentence)).toBe(clean);
  });

  it.each([
    'expected at most 2^53 − 1, found 9007199254740992',
    'order 4111111111111112',
    '41111111111111111111111111',
    'payment 4cfe36094bc548fa961ab9a93754138b, imps_123456789012, 20260131',
    '0198c5d2-7f3a-7000-8000-000000000001',
    '2026 11 27 12 30 59 000',
  ])('is none of what stands in %j', (sentence) => {
    expect(withoutCardNumbers(sentence)).toBe(sentence);
  });
});
