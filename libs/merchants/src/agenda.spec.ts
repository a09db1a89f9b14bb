import { after, machineInstant } from '#platform/clock';
import { nextServing } from './agenda.repository.js';

const now = machineInstant(Date.parse('2027-01-31T09:00:00Z'));
const tomorrow = after(now, 86_400);

describe('an account’s agenda', () => {
  it('is looked at once more before it sleeps', () => {
    const first = nextServing({ nextDueAt: null }, { now, isResting: false });
    expect(first).toEqual({ at: after(now, 1), isResting: true });
    expect(nextServing({ nextDueAt: null }, { now, isResting: true }).at).toBeNull();
  });

  it('sleeps until the next thing falls due', () => {
    const sleeping = nextServing({ nextDueAt: tomorrow }, { now, isResting: true });
    expect(sleeping).toEqual({ at: tomorrow, isResting: true });
  });

  it('is served again at once while there is more', () => {
    const served = nextServing({ nextDueAt: after(now, -5) }, { now, isResting: true });
    expect(served).toEqual({ at: now, isResting: false });
  });

  it('waits a moment when what is due could not be taken', () => {
    const served = nextServing(
      { nextDueAt: after(now, -5), isIdle: true },
      { now, isResting: false },
    );
    expect(served).toEqual({ at: after(now, 1), isResting: false });
  });
});
