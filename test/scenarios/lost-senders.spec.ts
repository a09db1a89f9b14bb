import { Shop, type ShownCharge } from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';
import { live, passSeconds } from '../support/passing-time.js';
import { startRival, type Rival } from '../support/rival.js';
import { Wire } from '../support/wire.js';

const AGAIN = { provider: 'PORTONE', method: 'POST', path: '/subscribe/payments/again' };
const LOST_WEBHOOKS = { match: { provider: 'PORTONE' }, fate: 'webhook-dropped' };
/** A lease by default, and a little more. */
const LEASE_SECONDS = 91;

/** The sender of a charge dies or sleeps, and another worker finds what it left. All times are the default ones. */
describe('a charge whose sender is lost', () => {
  let house: House;
  let shop: Shop;
  let wire: Wire;
  let key: string;
  const rivals: Rival[] = [];

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    wire = new Wire(house);
    key = await shop.key('PORTONE');
    // A provider that would take the same reference twice: only we are left to keep it from that.
    await shop.turn({ duplicateGuard: 'none' });
  });
  beforeEach(() => shop.calm());
  afterEach(async () => {
    await Promise.all(rivals.splice(0).map((rival) => rival.close()));
  });
  afterAll(() => house.close());

  const rival = async (): Promise<Rival> => {
    const started = await startRival(house);
    rivals.push(started);
    return started;
  };
  /** A charge that a rival sends under this fate; returns when the provider has it. */
  const sentBy = async (sender: Rival, fate: string): Promise<ShownCharge> => {
    await shop.fault([{ match: AGAIN, fate, times: 1 }, LOST_WEBHOOKS]);
    const before = (await wire.sends()).length;
    const charge = await shop.charge(key, shop.order());
    sender.runUntilIdle().catch(() => undefined); // it is killed on the way
    await wire.sendAfter(before);
    return charge;
  };

  it('stands in the books before the provider hears of it (rows 1 and 2)', async () => {
    const sender = await rival();
    const { id } = await sentBy(sender, 'hang-after');
    const [send] = (await wire.sends()).slice(-1);
    expect(await shop.read(id)).toMatchObject({
      status: 'SUBMITTING',
      attempts: [{ number: 1, providerReference: send!.reference, outcome: null }],
    });
  });

  it('is asked about and never sent again by whoever takes over (rows 4, 5 and 6)', async () => {
    const sender = await rival();
    const { id, orderId } = await sentBy(sender, 'hang-after');
    await sender.kill();
    await live(house, LEASE_SECONDS, 60);
    const paid = await shop.read(id);
    expect(await wire.sends(paid.attempts[0]!.providerReference)).toHaveLength(1);
    expect(await shop.capturesOf(orderId)).toHaveLength(1);
    expect(paid).toMatchObject({
      status: 'SUCCEEDED',
      attempts: [{ number: 1, outcome: 'SUCCEEDED' }],
    });
  });

  it('that never reached the provider goes out once more under its reference, after the proof (rows 2 and 3)', async () => {
    const sender = await rival();
    const { id, orderId } = await sentBy(sender, 'hang-before');
    await sender.kill();
    await live(house, LEASE_SECONDS, 30, 120, 300);
    const unclear = await shop.read(id);
    expect(unclear).toMatchObject({ status: 'UNKNOWN', attempts: [{ number: 1 }] });
    const [{ providerReference }] = unclear.attempts as [ShownCharge['attempts'][number]];
    expect(await wire.sends(providerReference)).toHaveLength(1);
    await live(house, 300, 600);
    expect(await shop.read(id)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await wire.sends(providerReference)).toHaveLength(2);
    expect(await shop.capturesOf(orderId)).toHaveLength(1);
  });

  it('keeps what its new owner learned when the old one wakes up with another answer (row 15)', async () => {
    const sleeper = await rival();
    // Executed, but told as failed: the very answer that must not count any more.
    await shop.fault([{ match: AGAIN, fate: 'reported-failed', times: 1 }, LOST_WEBHOOKS]);
    const held = sleeper.holdAnswers('PORTONE');
    const { id, orderId } = await shop.charge(key, shop.order());
    const slept = sleeper.runUntilIdle();
    await held.arrived;
    await live(house, LEASE_SECONDS);
    expect(await shop.read(id)).toMatchObject({ status: 'SUCCEEDED' });
    held.release();
    await slept;
    const { status, timeline } = await shop.read(id);
    expect([status, timeline.at(-1)!.cause]).toEqual(['SUCCEEDED', 'resolver']);
    expect(await observationsOf(orderId)).toMatchObject([
      {
        note: 'learned under a lease that had passed on',
        outcome: { attempt: { outcome: 'DECLINED' } },
      },
    ]);
    expect(await shop.capturesOf(orderId)).toHaveLength(1);
  });

  it('is left to its sender by a worker whose own clock runs an hour ahead (row 81)', async () => {
    const sender = await rival();
    const held = sender.holdAnswers('PORTONE');
    await shop.fault([LOST_WEBHOOKS]);
    const { id } = await shop.charge(key, shop.order());
    const later = await shop.charge(key, shop.order(), {
      dueAt: new Date(Date.now() + 1_800_000),
    });
    const sent = sender.runUntilIdle();
    await held.arrived;
    const ahead = Date.now() + 3_600_000;
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => ahead);
    try {
      await passSeconds(house, 1);
      await house.worker.runUntilIdle();
    } finally {
      clock.mockRestore();
    }
    const { status, attempts } = await shop.read(id);
    expect(status).toBe('SUBMITTING');
    expect(await wire.looks(attempts[0]!.providerReference)).toEqual([]);
    expect(await shop.read(later.id)).toMatchObject({ status: 'SCHEDULED', attempts: [] });
    held.release();
    await sent;
    expect(await shop.read(id)).toMatchObject({ status: 'SUCCEEDED' });
  });

  const observationsOf = (orderId: string) =>
    house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `SELECT o.note, o.outcome FROM observations o
         JOIN charges c ON c.merchant_id = o.merchant_id AND c.id = o.charge_id
         WHERE o.merchant_id = $1 AND c.order_id = $2`,
        [house.merchant.id, orderId],
      ),
    );
});
