import {
  CHARGE_STATES,
  isCaptured,
  isLateEdge,
  isLive,
  isLookedAt,
  LIVE_STATES,
  mayTransition,
  TRANSITIONS,
  type ChargeState,
  type Origin,
} from './charge-state.js';

const ORIGINS = Object.keys(TRANSITIONS) as Origin[];

describe('the life of a charge', () => {
  it.each(ORIGINS.flatMap((from) => CHARGE_STATES.map((to) => [from, to] as const)))(
    'goes from %s to %s only if the table says so',
    (from, to) => {
      expect(mayTransition(from, to)).toBe((TRANSITIONS[from] as readonly string[]).includes(to));
    },
  );

  it('begins once, and every state can be reached from there', () => {
    const reached = new Set<string>(['NONE']);
    for (let before = 0; before !== reached.size;) {
      before = reached.size;
      for (const from of ORIGINS)
        if (reached.has(from)) for (const to of TRANSITIONS[from]) reached.add(to);
    }
    expect([...reached].toSorted()).toEqual([...ORIGINS].toSorted());
    const ways = ORIGINS.flatMap((from) => [...TRANSITIONS[from]] as string[]);
    expect(ways).not.toContain('NONE');
  });

  it('never stays where it is: a transition changes something', () => {
    for (const from of CHARGE_STATES) expect(mayTransition(from, from)).toBe(false);
  });

  it('lets money that moved be written down wherever the charge stands', () => {
    const paid: ChargeState[] = ['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED'];
    for (const state of CHARGE_STATES.filter(
      (each) => !paid.includes(each) && each !== 'SCHEDULED',
    ))
      expect([state, mayTransition(state, 'SUCCEEDED')]).toEqual([state, true]);
  });

  it('leads out of success only to refunds', () => {
    expect(TRANSITIONS.SUCCEEDED).toEqual(['PARTIALLY_REFUNDED', 'REFUNDED']);
    expect(TRANSITIONS.PARTIALLY_REFUNDED).toEqual(['REFUNDED']);
    expect(TRANSITIONS.REFUNDED).toEqual([]);
  });

  it('sends only what waits or is proved absent', () => {
    const senders = ORIGINS.filter((from) => mayTransition(from, 'SUBMITTING'));
    expect(senders).toEqual(['SCHEDULED', 'UNKNOWN', 'NEEDS_REVIEW', 'RETRY_SCHEDULED']);
  });

  it('calls a success late where the charge was thought to be over, or waiting for its next try', () => {
    const late = CHARGE_STATES.filter((state) => isLateEdge(state));
    expect(late).toEqual(['RETRY_SCHEDULED', 'FAILED', 'CANCELED', 'SKIPPED']);
    for (const state of late) expect(isLookedAt(state)).toBe(false);
  });

  it('asks only about what the provider may have, and all of that is live', () => {
    const asked = CHARGE_STATES.filter((state) => isLookedAt(state));
    expect(asked).toEqual(['REGISTERED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW']);
    for (const state of asked) expect(isLive(state)).toBe(true);
  });

  it('is captured, live or over: each state is one of them', () => {
    const captured = CHARGE_STATES.filter((state) => isCaptured(state));
    expect(captured).toEqual(['SUCCEEDED', 'PARTIALLY_REFUNDED', 'REFUNDED']);
    const live = CHARGE_STATES.filter((state) => isLive(state));
    expect(live).toEqual([
      ...['SCHEDULED', 'REGISTERED', 'SUBMITTING', 'PROCESSING', 'UNKNOWN', 'NEEDS_REVIEW'],
      'RETRY_SCHEDULED',
    ]);
    expect(LIVE_STATES).toEqual(live);
    const over = CHARGE_STATES.filter((state) => !isCaptured(state) && !isLive(state));
    expect(over).toEqual(['FAILED', 'CANCELED', 'SKIPPED']);
    expect(CHARGE_STATES).not.toContain('NONE');
  });

  it('asks about nothing that is captured, and calls no second success of it late', () => {
    for (const state of CHARGE_STATES.filter((each) => isCaptured(each)))
      expect([isLookedAt(state), isLateEdge(state), mayTransition(state, 'SUCCEEDED')]).toEqual([
        ...[false, false, false],
      ]);
  });
});
