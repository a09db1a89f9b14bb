import { createServer, type AddressInfo, type Server } from 'node:net';
import { Shop, type ShownCharge } from '../support/shop.js';
import { startHouse, type House } from '../support/house.js';
import { live } from '../support/passing-time.js';
import { Wire } from '../support/wire.js';

const AGAIN = { provider: 'PORTONE', method: 'POST', path: '/subscribe/payments/again' };

/** Calls that never got in, or were turned away at the door: nothing can have been charged, and nothing is lost. Default times. */
describe('a call that does not get in', () => {
  let house: House;
  let shop: Shop;
  let wire: Wire;
  let key: string;
  const servers: Server[] = [];

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    wire = new Wire(house);
    key = await shop.key('PORTONE');
    await shop.turn({ duplicateGuard: 'none' });
  });
  beforeEach(() => shop.calm());
  afterAll(async () => {
    for (const server of servers) server.close();
    await house.close();
  });

  /** The account's address, as if the name or the network behind it had changed. */
  const moveTo = (baseUrl: string) =>
    house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE provider_accounts SET base_url = $3, updated_at = updated_at + interval '1 second'
         WHERE merchant_id = $1 AND id = $2`,
        [...[house.merchant.id, house.portone.id, baseUrl]],
      ),
    );
  const listen = async (server: Server): Promise<number> => {
    servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return (server.address() as AddressInfo).port;
  };
  const closedPort = async (): Promise<number> => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((done) => server.close(done));
    return port;
  };
  /** Takes connections and says nothing: the handshake never comes to an end. */
  const silentPort = (): Promise<number> => listen(createServer(() => undefined));

  const sentOnceAndPaid = async ({ id, orderId }: ShownCharge): Promise<ShownCharge> => {
    const paid = await shop.read(id);
    expect(paid).toMatchObject({ status: 'SUCCEEDED' });
    expect(await shop.capturesOf(orderId)).toHaveLength(1);
    expect(new Set(paid.attempts.map((attempt) => attempt.providerReference)).size).toBe(1);
    return paid;
  };

  it.each([
    ['its name is nobody’s', 32, async (): Promise<string> => 'http://nobody.invalid'],
    ['its connection is refused', 33, async () => `http://127.0.0.1:${await closedPort()}`],
    ['its connection hangs', 35, async () => `https://127.0.0.1:${await silentPort()}`],
  ] as const)(
    'because %s was never sent: it goes out later, under its reference (rows 32, 33 and 35)',
    async (_why, _row, address) => {
      await moveTo(await address());
      const { id } = await shop.charge(key, shop.order());
      await house.worker.runUntilIdle();
      const waiting = await shop.read(id);
      expect(waiting).toMatchObject({
        status: 'SCHEDULED',
        attempts: [{ outcome: 'NOT_SENT', failureCode: null }],
      });
      await moveTo(`${house.sandbox.url}/portone`);
      await live(house, 60);
      const { attempts } = await sentOnceAndPaid(waiting);
      expect(attempts.map(({ outcome }) => outcome)).toEqual(['NOT_SENT', 'SUCCEEDED']);
      expect(await wire.sends(attempts[0]!.providerReference)).toHaveLength(1);
    },
  );

  it('because its token ended in mid-life gets another one, asked for once (row 45)', async () => {
    const charges: ShownCharge[] = [];
    for (let i = 0; i < 5; i += 1) charges.push(await shop.charge(key, shop.order()));
    const tokens = async () =>
      (await wire.requests()).filter(({ path }) => path.endsWith('/users/getToken')).length;
    await shop.fault({ match: AGAIN, fate: 'unauthorized', timesPerReference: 1 });
    const before = await tokens();
    await house.worker.runUntilIdle();
    for (const charge of charges) {
      const paid = await sentOnceAndPaid(charge);
      expect(paid.attempts).toHaveLength(1);
    }
    expect((await tokens()) - before).toBeLessThanOrEqual(2);
  });

  it('because its credentials are refused for good fails nobody, and tells the operator (row 45)', async () => {
    await shop.fault({ match: AGAIN, fate: 'unauthorized' });
    const { id, orderId } = await shop.charge(key, shop.order());
    await house.worker.runUntilIdle();
    expect(await shop.incidents(id)).toMatchObject([{ kind: 'CONFIGURATION' }]);
    expect(await shop.capturesOf(orderId)).toEqual([]);
    const waiting = await shop.read(id);
    expect(waiting).toMatchObject({ status: 'RETRY_SCHEDULED', failureClass: 'CONFIGURATION' });
    await shop.calm();
    await live(house, 601);
    await sentOnceAndPaid(waiting);
  });

  it.each([
    ['and says until when', { retryAfterSeconds: 40 }, 39],
    ['and says no more', {}, 1],
  ])(
    'because there are too many %s uses no step up, and waits that long (row 46)',
    async (_, options, seconds) => {
      await shop.fault({ match: AGAIN, fate: 'rate-limited', options, times: 1 });
      const { id } = await shop.charge(key, shop.order());
      await house.worker.runUntilIdle();
      const waiting = await shop.read(id);
      expect(waiting).toMatchObject({ status: 'RETRY_SCHEDULED', failureCode: 'RATE_LIMITED' });
      const waitMs = Date.parse(waiting.nextAttemptAt!) - Date.now();
      expect(waitMs / 1_000).toBeGreaterThan(seconds - 2);
      await live(house, seconds + 3);
      await sentOnceAndPaid(waiting);
    },
  );

  // Last, since it uses up what the account may send again.
  it('because its provider is away, however often, has all steps of its policy left when it does', async () => {
    const poor = await shop.key('PORTONE', 'ISSUER_UNAVAILABLE');
    await moveTo(`http://127.0.0.1:${await closedPort()}`);
    const { id } = await shop.charge(poor, shop.order());
    await house.worker.runUntilIdle();
    await live(house, ...Array.from({ length: 5 }, () => 400));
    const { attempts } = await shop.read(id);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(Array(6).fill('NOT_SENT'));
    await moveTo(`${house.sandbox.url}/portone`);
    await live(house, 400);
    expect(await shop.read(id)).toMatchObject({
      ...{ status: 'RETRY_SCHEDULED', failureCode: 'ISSUER_UNAVAILABLE' },
      retryReason: 'passing failure: step 1 of 9',
    });
  });
});
