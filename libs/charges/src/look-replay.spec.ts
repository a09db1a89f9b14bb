import type { Outcome } from '#providers/contract';
import { isFirstAnswerAgain } from './look.js';

const declined = (status: number): Outcome => ({
  ...{ kind: 'DECLINED', providerPaymentId: null, failureCode: 'INSUFFICIENT_FUNDS' },
  ...{ providerCode: null, providerMessage: null, answer: { status, body: null } },
});

describe("a replay's answer", () => {
  it('is the first answer again when it declines with 402, where replays are answered', () => {
    expect(isFirstAnswerAgain('ENFORCED', declined(402))).toBe(true);
    expect(isFirstAnswerAgain('UNPROVEN', declined(402))).toBe(false);
  });

  it('is no proof when the key is not found any more: the first may have been captured', () => {
    expect(isFirstAnswerAgain('ENFORCED', declined(404))).toBe(false);
    expect(isFirstAnswerAgain('ENFORCED', { kind: 'UNKNOWN', reason: 'none' })).toBe(false);
  });
});
