import { readPolicy } from './policy-request.js';
import { checkRetryPolicy, RETRY_PRESETS, STANDARD_POLICY } from './retry-policy.js';

const DAY = 86_400;
const fieldsOf = (more: Partial<typeof STANDARD_POLICY>): string[] =>
  checkRetryPolicy({ ...STANDARD_POLICY, ...more }).map(({ field }) => field.join('.'));

describe('a retry policy', () => {
  it.each(Object.entries(RETRY_PRESETS))('%s is in order', (_, policy) => {
    expect(checkRetryPolicy(policy)).toEqual([]);
  });

  it.each([
    ['a zone that does not exist', { timeZone: 'Europe/Atlantis' }, ['timeZone']],
    ['a step of no time', { soft: [{ afterSeconds: 0 }] }, ['soft.0.afterSeconds']],
    ['a step of half a second', { soft: [{ afterSeconds: 60.5 }] }, ['soft.0.afterSeconds']],
    ['a step that never comes', { soft: [{ afterSeconds: 61 * DAY }] }, ['soft.0.afterSeconds']],
    ['days without an end', { soft: [{ day: 61, timeOfDay: '09:00' }] }, ['soft.0.day']],
    [
      'an hour that no clock shows',
      { soft: [{ day: 1, timeOfDay: '24:00' }] },
      ['soft.0.timeOfDay'],
    ],
    [
      'a day before the one before',
      {
        soft: [
          { day: 3, timeOfDay: '09:00' },
          { afterSeconds: 60 },
          { day: 3, timeOfDay: '09:00' },
        ],
      },
      ['soft.2'],
    ],
    [
      'steps that together have no end',
      { transient: Array.from({ length: 3 }, () => ({ afterSeconds: 25 * DAY })) },
      ['transient'],
    ],
    [
      'more steps than any network allows',
      { configuration: Array.from({ length: 21 }, () => ({ afterSeconds: 60 })) },
      ['configuration'],
    ],
  ])('is refused with %s', (_, more, fields) => {
    expect(fieldsOf(more)).toEqual(fields);
  });

  it('is read from a request, with what is absent as in the one it begins from', () => {
    const reading = readPolicy(
      { soft: [{ day: 2, timeOfDay: '18:00' }, { afterSeconds: DAY }], atEnd: 'PAUSE_SCHEDULE' },
      STANDARD_POLICY,
    );
    expect(reading).toEqual({
      kind: 'READ',
      policy: {
        ...STANDARD_POLICY,
        ...{ soft: [{ day: 2, timeOfDay: '18:00' }, { afterSeconds: DAY }] },
        atEnd: 'PAUSE_SCHEDULE',
      },
    });
  });

  it.each([
    [{}],
    [{ day: 2 }],
    [{ timeOfDay: '09:00' }],
    [{ afterSeconds: 60, day: 2, timeOfDay: '09:00' }],
  ])('does not guess what a step of %o means', (step) => {
    expect(readPolicy({ transient: [step] }, STANDARD_POLICY)).toMatchObject({
      ...{ kind: 'REFUSED', refusals: [{ field: ['transient', '0'] }] },
    });
  });
});
