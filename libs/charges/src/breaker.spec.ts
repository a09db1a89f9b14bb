import fc from 'fast-check';
import { after, machineInstant } from '#platform/clock';
import {
  afterClaim,
  afterRead,
  afterSend,
  breakerAt,
  CLOSED,
  sendsAllowed,
  type Breaker,
  type SendResult,
} from './breaker.js';

const LIMITS = {
  ...{ windowSeconds: 30, sendsNeeded: 20, unclearShare: 0.5 },
  ...{ openSeconds: 30, openMaxSeconds: 480, probeSeconds: 70 },
};
const START = machineInstant(0);
const at = (seconds: number) => after(START, seconds);

const sending = (breaker: Breaker, results: readonly SendResult[], seconds = 0): Breaker =>
  results.reduce((each, result) => afterSend(each, { at: at(seconds), result }, LIMITS), breaker);
const times = (count: number, result: SendResult): SendResult[] =>
  Array.from({ length: count }, () => result);
const opened = sending(CLOSED, times(20, 'UNCLEAR'));
/** Open until 30: the provider answers a question, one charge is let through. */
const probing = (seconds: number, breaker = opened): Breaker => {
  const readable = afterRead(breaker, { at: at(seconds), isAnswered: true });
  return afterClaim(readable, at(seconds), LIMITS);
};

describe('a breaker', () => {
  it('opens at half of twenty, and not at nineteen nor below half', () => {
    expect(sendsAllowed(sending(CLOSED, times(19, 'UNCLEAR')), at(0))).toBe(Infinity);
    const half = [...times(10, 'CLEAR'), ...times(10, 'UNCLEAR')];
    expect(sendsAllowed(sending(CLOSED, half), at(0))).toBe(0);
    const less = [...times(11, 'CLEAR'), ...times(9, 'UNCLEAR')];
    expect(sendsAllowed(sending(CLOSED, less), at(0))).toBe(Infinity);
  });

  it('forgets what is older than its window, and never counts what did not leave', () => {
    const old = sending(CLOSED, times(19, 'UNCLEAR'), 0);
    expect(sending(old, ['UNCLEAR'], 29)).toMatchObject({ kind: 'OPEN' });
    expect(sending(old, ['UNCLEAR'], 30)).toMatchObject({ kind: 'CLOSED' });
    expect(sending(CLOSED, times(100, 'NOT_SENT'))).toEqual(CLOSED);
  });

  it('is tried after its time: by a question first, then by one charge', () => {
    expect(sendsAllowed(opened, at(29.9))).toBe(0);
    expect(breakerAt(opened, at(30)).kind).toBe('HALF_OPEN');
    expect(sendsAllowed(opened, at(30))).toBe(0);
    const unread = afterRead(opened, { at: at(31), isAnswered: false });
    expect(sendsAllowed(unread, at(31))).toBe(0);
    const readable = afterRead(unread, { at: at(32), isAnswered: true });
    expect(sendsAllowed(readable, at(32))).toBe(1);
    expect(sendsAllowed(probing(32), at(32))).toBe(0);
  });

  it('believes no answer from before it opened, and no question asked too early', () => {
    expect(sending(opened, times(50, 'CLEAR'), 10)).toEqual(opened);
    expect(sending(opened, ['CLEAR'], 31)).toMatchObject({ kind: 'HALF_OPEN' });
    const early = afterRead(opened, { at: at(29), isAnswered: true });
    expect(sendsAllowed(early, at(31))).toBe(0);
  });

  it('closes when that one is answered, else opens for twice as long, up to its bound', () => {
    expect(sending(probing(30), ['CLEAR'], 31)).toEqual(CLOSED);
    let breaker = opened;
    let seconds = 0;
    for (const open of [30, 60, 120, 240, 480, 480]) {
      expect(breaker).toMatchObject({ kind: 'OPEN', until: at(seconds + open) });
      seconds += open;
      breaker = sending(probing(seconds, breaker), ['UNCLEAR'], seconds);
    }
  });

  it('gives up a probe whose word never came', () => {
    expect(sendsAllowed(probing(30), at(99))).toBe(0);
    expect(sendsAllowed(probing(30), at(100))).toBe(1);
  });

  it('lets at most one charge through between its opening and an answer, whatever happens', () => {
    const step = fc.record({
      seconds: fc.double({ min: 0, max: 20, noNaN: true }),
      what: fc.constantFrom('CLEAR', 'UNCLEAR', 'NOT_SENT', 'READ', 'UNREAD', 'CLAIM'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        let [breaker, seconds, lastProbe] = [opened, 0, -Infinity];
        for (const { what, seconds: more } of steps) {
          seconds += more;
          const now = at(seconds);
          const allowed = sendsAllowed(breaker, now);
          if (breaker.kind === 'CLOSED') lastProbe = -Infinity;
          if (what === 'CLAIM' && allowed > 0) {
            if (allowed === 1) {
              expect(breakerAt(breaker, now).kind).toBe('HALF_OPEN');
              expect(seconds - lastProbe).toBeGreaterThanOrEqual(30);
              lastProbe = seconds;
            } else expect(breaker.kind).toBe('CLOSED');
            breaker = afterClaim(breaker, now, LIMITS);
          } else if (what === 'READ' || what === 'UNREAD')
            breaker = afterRead(breaker, { at: now, isAnswered: what === 'READ' });
          else if (what !== 'CLAIM')
            breaker = afterSend(breaker, { at: now, result: what }, LIMITS);
          if (breaker.kind === 'OPEN')
            expect(breaker.until.getTime() - now.getTime()).toBeLessThanOrEqual(480_000);
        }
      }),
      { numRuns: 300 },
    );
  });
});
