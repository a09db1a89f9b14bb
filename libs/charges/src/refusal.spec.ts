import { obstacleTo } from './refusal.js';

const free = {
  ...{ bulkStatus: 'SUBMITTING', schedule: { status: 'ACTIVE' } },
  ...{ keyStatus: 'ACTIVE', keyHardFailureCode: null },
};

describe('what forbids that a charge goes out', () => {
  it('is nothing while its owners are wanted and its key may be charged', () => {
    expect(obstacleTo(free)).toBeUndefined();
    expect(obstacleTo({ ...free, bulkStatus: null, schedule: null })).toBeUndefined();
    expect(obstacleTo({ ...free, schedule: { status: 'PAUSED' } })).toBeUndefined();
  });

  it.each([
    [{ bulkStatus: 'CANCELED' }, 'its bulk is canceled', null],
    [{ schedule: { status: 'CANCELED' } }, 'its schedule is canceled', null],
    [{ keyStatus: 'DELETED' }, 'the billing key is DELETED', 'KEY_NOT_FOUND'],
    [{ keyStatus: 'INVALID' }, 'the billing key is INVALID', 'KEY_NOT_FOUND'],
    [
      { keyHardFailureCode: 'LOST_OR_STOLEN' },
      'an earlier charge on this card was answered LOST_OR_STOLEN',
      'LOST_OR_STOLEN',
    ],
    [
      { keyStatus: 'DELETED', keyHardFailureCode: 'LOST_OR_STOLEN' },
      'the billing key is DELETED',
      'KEY_NOT_FOUND',
    ],
    [
      { schedule: { status: 'CANCELED' }, keyHardFailureCode: 'LOST_OR_STOLEN' },
      'its schedule is canceled',
      null,
    ],
  ] as const)('%j: %s', (more, why, failureCode) => {
    expect(obstacleTo({ ...free, ...more })).toEqual({ why, failureCode });
  });
});
