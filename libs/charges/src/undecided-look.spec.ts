import fc from 'fast-check';
import { after, machineInstant, type MachineInstant } from '#platform/clock';

import {
  attemptOf,
  chargeOf,
  LOOKS_SECONDS,
  NOW,
  QUIET_PERIOD_SECONDS,
} from '../../../test/support/charge.builder.js';
import type { Attempt, Charge } from './charge.js';
import { CHARGE_STATES, isLookedAt, mayTransition, type ChargeState } from './charge-state.js';
import type { Finding } from './look.js';
import { afterLook } from './undecided-look.js';

const look = (
  finding: Finding,
  of: {
    charge?: Partial<Charge>;
    attempt?: Partial<Attempt>;
    now?: MachineInstant;
    plannedAt?: MachineInstant | null;
    lookUp?: 'CONCLUSIVE' | 'POSITIVE_ONLY';
    replay?: 'ENFORCED' | 'UNPROVEN' | 'NONE';
  } = {},
) =>
  afterLook(chargeOf({ state: 'UNKNOWN', ...of.charge }), attemptOf(of.attempt), {
    now: of.now ?? after(NOW, 10),
    plannedAt: of.plannedAt === undefined ? (of.now ?? after(NOW, 10)) : of.plannedAt,
    looksSeconds: LOOKS_SECONDS,
    quietPeriodSeconds: QUIET_PERIOD_SECONDS,
    lookUp: of.lookUp ?? 'CONCLUSIVE',
    replay: of.replay ?? 'NONE',
    cause: 'resolver',
    finding,
  });
const absent: Finding = { kind: 'ABSENT' };
const silent: Finding = { kind: 'INCONCLUSIVE', reason: 'HTTP 503', incidents: [] };
const underWay: Finding = {
  kind: 'PENDING',
  outcome: { kind: 'PENDING', providerPaymentId: 'imp_1' },
};
const afterQuiet = after(NOW, QUIET_PERIOD_SECONDS);
const twiceAbsent = { absents: 2, looks: 4, firstAbsentAt: after(NOW, 30) };

describe('a look that decided nothing', () => {
  it('comes again at its time, counted from when it became unclear', () => {
    const times = [0, 1, 2, 3, 4].map(
      (looks) => look(silent, { charge: { looks }, now: NOW }).nextLookAt,
    );
    expect(times).toEqual([30, 120, 300, 600, 1_800].map((seconds) => after(NOW, seconds)));
  });

  it('asks a person after the last, and goes on each hour', () => {
    const last = { looks: 5, unresolvedSince: NOW };
    const now = after(NOW, 1_800);
    expect(look(silent, { charge: last, now })).toMatchObject({
      ...{ to: 'NEEDS_REVIEW', nextLookAt: after(now, 3_600) },
    });
    const asked = { ...last, state: 'NEEDS_REVIEW', looks: 9 } as const;
    expect(look(silent, { charge: asked, now })).toMatchObject({
      ...{ to: null, nextLookAt: after(now, 3_600) },
    });
  });

  it('is never due at once again, also when the process slept past several', () => {
    const now = after(NOW, 5_000);
    expect(look(silent, { charge: { looks: 1 }, now }).nextLookAt).toEqual(after(now, 10));
  });

  it.each<[ChargeState, Finding, ChargeState | null]>([
    ['SUBMITTING', silent, 'UNKNOWN'],
    ['SUBMITTING', absent, 'UNKNOWN'],
    ['SUBMITTING', underWay, 'PROCESSING'],
    ['UNKNOWN', underWay, 'PROCESSING'],
    ['PROCESSING', underWay, null],
    ['PROCESSING', silent, null],
    ['PROCESSING', absent, 'UNKNOWN'],
    ['NEEDS_REVIEW', underWay, null],
    ['REGISTERED', absent, null],
    ['REGISTERED', { kind: 'REVOKED' }, 'SKIPPED'],
    ['UNKNOWN', { kind: 'REVOKED' }, null],
  ])('moves %s by %j to %s', (state, finding, to) => {
    expect(look(finding, { charge: { state } }).to).toBe(to);
  });

  it('counts a word that it is under way as a look, so that a person is asked in the end', () => {
    const first = look(underWay);
    expect(first).toMatchObject({
      looks: 1,
      attempt: { outcome: 'PENDING', providerPaymentId: 'imp_1' },
    });
    const last = look(underWay, { charge: { state: 'PROCESSING', looks: 5 } });
    expect(last.to).toBe('NEEDS_REVIEW');
  });

  it.each(CHARGE_STATES.filter((state) => !isLookedAt(state)))(
    'changes nothing of a charge that is %s',
    (state) => {
      const charge = { state, looks: 2, declines: 1, setbacks: 3 };
      for (const finding of [absent, silent, underWay, { kind: 'REVOKED' } as const])
        expect(look(finding, { charge })).toMatchObject({
          ...{ to: null, looks: 2, declines: 1, setbacks: 3, attempt: null, failure: null },
          ...{ sendAt: null, nextLookAt: null, resend: false },
        });
    },
  );

  it('leaves an item of a bulk operation to the poller', () => {
    expect(
      look(absent, { charge: { state: 'PROCESSING' }, attempt: { kind: 'BULK' } }),
    ).toMatchObject({ to: null, nextLookAt: null, resend: false });
  });
});

describe('a look that somebody asked for before its time', () => {
  const plannedAt = after(NOW, 3_600);
  const early = (finding: Finding, charge: Partial<Charge>, now = afterQuiet) =>
    look(finding, { charge, now, plannedAt });

  it.each([absent, silent, underWay])('uses up no look and moves none: %j', (finding) => {
    const last = LOOKS_SECONDS.length - 1;
    for (const state of ['REGISTERED', 'SUBMITTING', 'UNKNOWN', 'PROCESSING'] as const)
      for (const looks of [0, last, last + 1]) {
        const seen = early(finding, { state, looks });
        expect(seen).toMatchObject({ looks, nextLookAt: plannedAt, resend: false });
        expect(seen.to).not.toBe('NEEDS_REVIEW');
      }
  });

  it('proves no absence, and takes the proof away where it finds anything else', () => {
    const thrice = { ...twiceAbsent, absents: 3 };
    for (const charge of [twiceAbsent, thrice])
      expect(early(absent, charge)).toMatchObject({ ...charge, resend: false, to: null });
    expect(early(underWay, thrice)).toMatchObject({ absents: 0, firstAbsentAt: null });
    expect(early(silent, thrice)).toMatchObject({ absents: 0, firstAbsentAt: null });
  });

  it('believes what it finds', () => {
    expect(early(underWay, {})).toMatchObject({
      to: 'PROCESSING',
      attempt: { outcome: 'PENDING' },
    });
    expect(early({ kind: 'REVOKED' }, { state: 'REGISTERED' }).to).toBe('SKIPPED');
    expect(early(absent, { state: 'SUBMITTING' }).to).toBe('UNKNOWN');
  });

  it('leaves none without a next one', () => {
    const unplanned = look(underWay, {
      charge: { state: 'REGISTERED' },
      now: NOW,
      plannedAt: null,
    });
    expect(unplanned).toMatchObject({ looks: 0, nextLookAt: after(NOW, LOOKS_SECONDS[0]!) });
  });

  it('is as any other once its time has come', () => {
    expect(look(absent, { now: plannedAt, plannedAt })).toMatchObject({ looks: 1, absents: 1 });
  });
});

describe('proof that nothing arrived', () => {
  it('is three absents in a row, the quiet period over, at a provider that would know', () => {
    const third = look(absent, { charge: twiceAbsent, now: afterQuiet });
    expect(third).toMatchObject({ resend: true, to: null, absents: 3 });
  });

  it.each<[string, Parameters<typeof look>]>([
    ['the second absent', [absent, { charge: { ...twiceAbsent, absents: 1 }, now: afterQuiet }]],
    ['within the quiet period', [absent, { charge: twiceAbsent, now: after(afterQuiet, -1) }]],
    ['no answer at all', [silent, { charge: twiceAbsent, now: afterQuiet }]],
    [
      'a provider whose silence proves nothing',
      [
        absent,
        { charge: twiceAbsent, now: afterQuiet, lookUp: 'POSITIVE_ONLY', replay: 'UNPROVEN' },
      ],
    ],
    [
      'what was registered with the provider',
      [absent, { charge: twiceAbsent, now: afterQuiet, attempt: { kind: 'SCHEDULE' } }],
    ],
    [
      'what went out in bulk',
      [absent, { charge: twiceAbsent, now: afterQuiet, attempt: { kind: 'BULK' } }],
    ],
    [
      'a payment the provider once named',
      [absent, { charge: twiceAbsent, now: afterQuiet, attempt: { providerPaymentId: 'imp_1' } }],
    ],
    [
      'what the provider has by its own word',
      [absent, { charge: { ...twiceAbsent, state: 'PROCESSING' }, now: afterQuiet }],
    ],
  ])('is not %s', (_, [finding, of]) => {
    expect(look(finding, of).resend).toBe(false);
  });

  it('is enough no more once it was sent ten times: then a person is asked', () => {
    const of = { charge: twiceAbsent, now: afterQuiet };
    expect(look(absent, { ...of, attempt: { sends: 9 } }).resend).toBe(true);
    const tenth = { ...of, attempt: { sends: 10 } };
    expect(look(absent, tenth)).toMatchObject({ resend: false, to: null });
    const last = { ...twiceAbsent, looks: LOOKS_SECONDS.length };
    expect(look(absent, { ...tenth, charge: last })).toMatchObject({
      ...{ resend: false, to: 'NEEDS_REVIEW' },
    });
  });

  it('may be the replay that a provider answers without executing it again', () => {
    const of = {
      charge: twiceAbsent,
      now: afterQuiet,
      lookUp: 'POSITIVE_ONLY',
      replay: 'ENFORCED',
    };
    expect(look(absent, of as Parameters<typeof look>[1]).resend).toBe(true);
  });

  it('begins anew after anything but an absent', () => {
    const seen = look(silent, { charge: twiceAbsent, now: afterQuiet });
    expect(seen).toMatchObject({ absents: 0, firstAbsentAt: null });
  });
});

describe('any row of looks', () => {
  const anyFinding = fc.constantFrom<Finding>(absent, absent, absent, silent, underWay);
  const story = fc.record({
    findings: fc.array(anyFinding, { minLength: 1, maxLength: 12 }),
    state: fc.constantFrom<ChargeState>('SUBMITTING', 'UNKNOWN', 'PROCESSING', 'NEEDS_REVIEW'),
    lateBySeconds: fc.integer({ min: 0, max: 400 }),
  });

  it('takes only edges of the table, and ends in a resend only after three absents and the quiet period', () => {
    fc.assert(
      fc.property(story, ({ findings, state, lateBySeconds }) => {
        let charge = chargeOf({ state, unresolvedSince: NOW });
        let now = after(NOW, LOOKS_SECONDS[0]!);
        let absentsInARow = 0;
        for (const finding of findings) {
          absentsInARow = finding.kind === 'ABSENT' ? absentsInARow + 1 : 0;
          const settlement = look(finding, { charge, now });
          if (settlement.to !== null && !mayTransition(charge.state, settlement.to)) return false;
          if (settlement.nextLookAt!.getTime() <= now.getTime()) return false;
          if (settlement.resend)
            return (
              absentsInARow >= 3 &&
              now.getTime() - NOW.getTime() >= QUIET_PERIOD_SECONDS * 1_000 &&
              mayTransition(charge.state, 'SUBMITTING')
            );
          const { looks, absents, firstAbsentAt } = settlement;
          charge = {
            ...charge,
            state: settlement.to ?? charge.state,
            looks,
            absents,
            firstAbsentAt,
          };
          now = machineInstant(settlement.nextLookAt!.getTime() + lateBySeconds * 1_000);
        }
        return true;
      }),
      { numRuns: 500 },
    );
  });
});
