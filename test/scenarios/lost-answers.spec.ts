import { Shop, type ProviderName, type ShownCharge } from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';
import { live } from '../support/passing-time.js';
import { Wire } from '../support/wire.js';

const AGAIN = { provider: 'PORTONE', method: 'POST', path: '/subscribe/payments/again' };
const SINGLE = { provider: 'NEXI', method: 'POST', path: '/v1/unscheduledsubscriptions/*/charges' };
const GET = { provider: 'PORTONE', method: 'GET' };
const LOST_WEBHOOKS = [
  { match: { provider: 'PORTONE' }, fate: 'webhook-dropped' },
  { match: { provider: 'NEXI' }, fate: 'webhook-dropped' },
];

/**
 * What is left of an answer, and what is made of it. All times are the default ones but the deadline
 * of a call, which is a second instead of 35. The sandbox takes a reference as often as it comes:
 * only we are left to send it once.
 */
describe('an answer', () => {
  let house: House;
  let shop: Shop;
  let wire: Wire;
  const keys: Record<ProviderName, string> = { PORTONE: '', NEXI: '' };

  beforeAll(async () => {
    house = await startHouse({ worker: true, env: { SEND_DEADLINE_SECONDS: '1' } });
    shop = await Shop.open(house);
    wire = new Wire(house);
    keys.PORTONE = await shop.key('PORTONE');
    keys.NEXI = await shop.key('NEXI');
    await shop.turn({ duplicateGuard: 'none' });
  });
  beforeEach(() => shop.calm());
  afterAll(() => house.close());

  /** A charge whose first send meets this fate, with no webhook to tell of it. */
  const chargeUnder = async (
    provider: ProviderName,
    fate: string,
    more: readonly object[] = [],
  ): Promise<ShownCharge> => {
    const match = provider === 'NEXI' ? SINGLE : AGAIN;
    await shop.fault([{ match, fate, times: 1 }, ...LOST_WEBHOOKS, ...more]);
    const { id } = await shop.charge(keys[provider], shop.orderAt(provider));
    await house.worker.runUntilIdle();
    return shop.read(id);
  };
  const referenceOf = ({ attempts: [attempt] }: ShownCharge): string => attempt!.providerReference;
  const isUnclear = (charge: ShownCharge) =>
    expect(charge).toMatchObject({ status: 'UNKNOWN', attempts: [{ outcome: 'UNKNOWN' }] });
  const isPaidOnce = async ({ id, orderId }: ShownCharge, sends: number): Promise<void> => {
    const paid = await shop.read(id);
    expect(paid).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{ number: 1, outcome: 'SUCCEEDED' }],
    });
    expect(await shop.capturesOf(orderId)).toHaveLength(1);
    expect(await wire.sends(referenceOf(paid))).toHaveLength(sends);
  };

  it('that never comes is asked about, and the payment found once (row 36)', async () => {
    const charge = await chargeUnder('PORTONE', 'hang-after');
    isUnclear(charge);
    await live(house, 11);
    await isPaidOnce(charge, 1);
  });

  it.each([
    ['PORTONE', 'that breaks off in the middle', 37, 'reset-mid-body'],
    ['NEXI', 'that breaks off in the middle', 37, 'reset-mid-body'],
    ['PORTONE', 'of 500 to what was executed', 39, '500-after'],
    ['NEXI', 'of 500 to what was executed', 39, '500-after'],
    ['PORTONE', 'of 502 in HTML', 41, '502-after'],
    ['NEXI', 'of 504 in HTML', 41, '504-after'],
    ['PORTONE', 'of 200 in HTML', 42, 'html-body'],
    ['PORTONE', 'of 200 that is half a JSON', 42, 'truncated-json'],
    ['NEXI', 'of 200 that is half a JSON', 42, 'truncated-json'],
  ] as const)(
    'from %s %s decides nothing: asking does (rows 37, 39, 41 and 42)',
    async (provider, _what, _row, fate) => {
      const charge = await chargeUnder(provider, fate);
      isUnclear(charge);
      await live(house, 11);
      await isPaidOnce(charge, 1);
    },
  );

  it('that never arrived is sent again under its reference, after the proof, and paid once (row 38)', async () => {
    const charge = await chargeUnder('PORTONE', 'hang-before');
    isUnclear(charge);
    const before = await wire.sends();
    await live(house, 11, 20, 90, 180);
    expect(await wire.sends()).toHaveLength(before.length);
    await live(house, 300);
    const [again, ...more] = (await wire.sends()).slice(before.length);
    expect([again!.reference, more]).toEqual([referenceOf(charge), []]);
    await isPaidOnce(charge, 2);
  });

  it.each(['500-before', '502-before', '504-before'])(
    'of %s to what was not executed proves nothing: three absences over the quiet period do (row 40)',
    async (fate) => {
      const charge = await chargeUnder('PORTONE', fate);
      isUnclear(charge);
      await live(house, 11, 20, 90, 180);
      expect(await wire.sends(referenceOf(charge))).toHaveLength(1);
      await live(house, 300);
      await isPaidOnce(charge, 2);
    },
  );

  it('of Nexi that never arrived is replayed under its key, after the proof (row 38)', async () => {
    const charge = await chargeUnder('NEXI', 'hang-before');
    isUnclear(charge);
    await live(house, 11, 20, 90, 180);
    expect(await wire.sends(referenceOf(charge))).toHaveLength(1);
    await live(house, 300);
    await isPaidOnce(charge, 2);
  });

  it('is not sent again while look-ups lag behind, not even after three that found nothing (row 49)', async () => {
    const lag = { match: { provider: 'PORTONE' }, fate: 'lookup-lag', options: { seconds: 3_600 } };
    const charge = await chargeUnder('PORTONE', 'hang-after', [lag]);
    isUnclear(charge);
    await live(house, 11, 20, 90, 180);
    expect(await wire.sends(referenceOf(charge))).toHaveLength(1);
    expect(await wire.looks(referenceOf(charge))).toHaveLength(4);
    await shop.calm();
    await live(house, 300);
    await isPaidOnce(charge, 1);
  });

  it('that cannot be asked about waits for a person, and is never sent again (row 50)', async () => {
    const down = { match: GET, fate: 'lookup-down' };
    const charge = await chargeUnder('PORTONE', 'hang-before', [down]);
    isUnclear(charge);
    await live(house, 11, 20, 90, 180, 300, 1_200);
    expect(await shop.read(charge.id)).toMatchObject({
      status: 'NEEDS_REVIEW',
      explanation: expect.stringContaining('a person has to decide'),
    });
    await live(house, 3_600, 3_600);
    expect(await wire.sends(referenceOf(charge))).toHaveLength(1);
    expect(await shop.capturesOf(charge.orderId)).toEqual([]);
  });
});
