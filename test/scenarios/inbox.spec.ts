import { startApi, type RunningApi } from '../../apps/api/src/api.js';
import { createMerchants } from '#merchants';
import { startHouse, type House } from '../support/house.js';
import { live } from '../support/passing-time.js';
import { Shop, type ProviderName, type ShownCharge } from '../support/shop.js';
import { Wire } from '../support/wire.js';

const DAY_MS = 86_400_000;

/** What providers tell is a hint: every test here asks what the charge and the ledger say in the end. All times are the default ones. */
describe('a webhook', () => {
  let house: House;
  let shop: Shop;
  let wire: Wire;
  let addresses: Record<ProviderName, string>;
  const keys: Record<ProviderName, string> = { PORTONE: '', NEXI: '' };
  const others: RunningApi[] = [];

  beforeAll(async () => {
    house = await startHouse({ worker: true });
    shop = await Shop.open(house);
    wire = new Wire(house);
    for (const provider of ['PORTONE', 'NEXI'] as const) keys[provider] = await shop.key(provider);
    const { accounts } = createMerchants(house.platform.database, house.platform.config);
    const addressOf = async (id: string) =>
      (await accounts.access(house.merchant.id, id)).notificationUrl;
    addresses = {
      PORTONE: await addressOf(house.portone.id),
      NEXI: await addressOf(house.nexi.id),
    };
    for (let n = 0; n < 2; n += 1)
      others.push(await startApi(house.platform, { host: '127.0.0.1', port: 0 }));
  });
  beforeEach(() => shop.calm());
  afterAll(async () => {
    await Promise.all(others.map((api) => api.close()));
    await house.close();
  });

  const lose = (provider: ProviderName = 'PORTONE') => ({
    match: { provider },
    fate: 'webhook-dropped',
  });
  const again = (fate: string) => ({
    match: { provider: 'PORTONE', method: 'POST', path: '/subscribe/payments/again' },
    ...{ fate, times: 1 },
  });
  const tell = (told: object, url = addresses.PORTONE, type = 'application/json') =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': type },
      body: type.endsWith('json')
        ? JSON.stringify(told)
        : new URLSearchParams(told as Record<string, string>).toString(),
    });
  const eventsOf = (reference: string) =>
    house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query<{ status: string; note: string | null }>(
        `SELECT status, note FROM webhook_events WHERE merchant_id = $1 AND reference = $2
         ORDER BY id`,
        [house.merchant.id, reference],
      ),
    );
  /** As if so much time had gone by for what waits in the inbox. */
  const age = (reference: string, ms: number) =>
    house.platform.database.withMerchant(house.merchant.id, async (tx) => {
      await tx.query(
        `UPDATE webhook_events SET next_apply_at = next_apply_at - make_interval(secs => $3)
         WHERE merchant_id = $1 AND reference = $2 AND next_apply_at IS NOT NULL`,
        [house.merchant.id, reference, ms / 1_000],
      );
      await tx.query(`UPDATE account_agendas SET next_due_at = $1 WHERE lane = 'APPLY'`, [tx.now]);
    });
  /** Executed at the provider, the answer lost, no webhook came, and the first look, should it fall due meanwhile, sees nothing. */
  const unclear = async (fate = 'response-lost') => {
    const blind = { match: { provider: 'PORTONE' }, fate: 'lookup-down' };
    await shop.fault([again(fate), lose(), blind]);
    const { id } = await shop.charge(keys.PORTONE, shop.order());
    await house.worker.runUntilIdle();
    await shop.calm();
    const charge = await shop.read(id);
    expect(charge.status).toBe('UNKNOWN');
    return { charge, reference: charge.attempts[0]!.providerReference };
  };
  const paid = async () => {
    await shop.fault(lose());
    const { id } = await shop.charge(keys.PORTONE, shop.order());
    await house.worker.runUntilIdle();
    await shop.calm();
    const charge = await shop.read(id);
    expect(charge.status).toBe('SUCCEEDED');
    return { charge, reference: charge.attempts[0]!.providerReference };
  };
  const telling = ({ attempts: [attempt] }: ShownCharge, status: string) => ({
    imp_uid: attempt!.providerPaymentId ?? 'imp_x',
    merchant_uid: attempt!.providerReference,
    status,
  });

  it('of what is not in the books yet is parked, and applied once it is (row 60)', async () => {
    const { charge, reference } = await unclear();
    // Nobody knows this reference until our own commit is seen.
    const hide = (from: string, to: string) =>
      house.platform.database.dataSource.transaction(async (manager) => {
        await manager.query(`SET LOCAL refrain.merchant_id = '${house.merchant.id}'`);
        await manager.query(
          'UPDATE attempts SET provider_reference = $3 WHERE merchant_id = $1 AND provider_reference = $2',
          [house.merchant.id, from, to],
        );
      });
    const elsewhere = `${reference.slice(0, -4)}zzzz`;
    await hide(reference, elsewhere);
    await tell(telling(charge, 'paid'));
    await house.worker.runUntilIdle();
    expect(await eventsOf(reference)).toMatchObject([
      { status: 'RECEIVED', note: 'nothing of ours yet' },
    ]);
    expect((await shop.read(charge.id)).status).toBe('UNKNOWN');
    await hide(elsewhere, reference);
    await age(reference, 5_001);
    await house.worker.runUntilIdle();
    expect(await eventsOf(reference)).toMatchObject([{ status: 'APPLIED' }]);
    expect((await shop.read(charge.id)).status).toBe('SUCCEEDED');
    expect(await shop.capturesOf(charge.orderId)).toHaveLength(1);
  });

  it.each(['PORTONE', 'NEXI'] as const)(
    'that %s never sends is not missed: looks bring the charge to its end (row 61)',
    async (provider) => {
      const path = provider === 'NEXI' ? '*charges' : '*again';
      await shop.fault([
        { match: { provider, method: 'POST', path }, fate: 'response-lost', times: 1 },
        lose(provider),
      ]);
      const { id, orderId } = await shop.charge(keys[provider], shop.orderAt(provider));
      await house.worker.runUntilIdle();
      expect((await shop.read(id)).status).toBe('UNKNOWN');
      await live(house, 11);
      expect(await shop.read(id)).toMatchObject({
        ...{ status: 'SUCCEEDED', attempts: [{ number: 1 }] },
        timeline: expect.arrayContaining([
          expect.objectContaining({ to: 'SUCCEEDED', cause: 'resolver' }),
        ]),
      });
      expect(await shop.capturesOf(orderId)).toHaveLength(1);
    },
  );

  it('that comes fifty times at three APIs has one effect and costs two asks at most (row 62)', async () => {
    const { charge, reference } = await unclear();
    const before = (await wire.looks(reference)).length;
    const apis = [house.api, ...others].map(({ url }) => {
      const { pathname } = new URL(addresses.PORTONE);
      return `${url}${pathname}`;
    });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => tell(telling(charge, 'paid'), apis[n % apis.length])),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await Promise.all([house.worker.runUntilIdle(), house.worker.runUntilIdle()]);
    const { timeline } = await shop.read(charge.id);
    expect(timeline.filter(({ to }) => to === 'SUCCEEDED')).toHaveLength(1);
    expect((await wire.looks(reference)).length - before).toBeLessThanOrEqual(2);
    const events = await eventsOf(reference);
    expect(events.every(({ status }) => status === 'APPLIED')).toBe(true);
  });

  it('that the provider does not bear out uses up no look and proves no absence, however often it comes', async () => {
    const { charge, reference } = await unclear('502-before');
    await shop.fault(lose());
    for (let n = 0; n < 8; n += 1) {
      await tell(telling(charge, 'paid'));
      await age(reference, DAY_MS);
      await house.worker.runUntilIdle();
    }
    expect((await wire.looks(reference)).length).toBeGreaterThanOrEqual(8);
    expect((await shop.read(charge.id)).status).toBe('UNKNOWN');
    // A look of ours after the quiet period finds nothing either: with the eight before it that is no proof yet.
    await live(house, 600);
    expect((await shop.read(charge.id)).status).toBe('UNKNOWN');
    expect(await wire.sends(reference)).toHaveLength(1);
    await live(house, 600, 600);
    expect((await shop.read(charge.id)).status).toBe('SUCCEEDED');
    expect(await shop.capturesOf(charge.orderId)).toHaveLength(1);
  });

  it('of a refund that overtakes the one of its payment: what the provider shows counts (row 63)', async () => {
    const { charge, reference } = await unclear();
    const [payment] = await paymentsOf(reference);
    await house.control(`payments/${payment!.imp_uid}/cancel`, { amount: 4_000, reason: 'broken' });
    await tell({ ...telling(charge, 'cancelled'), imp_uid: payment!.imp_uid });
    await house.worker.runUntilIdle();
    await tell({ ...telling(charge, 'paid'), imp_uid: payment!.imp_uid });
    await house.worker.runUntilIdle();
    for (let n = 0; n < 3; n += 1) {
      await age(reference, 2_000);
      await live(house, 2);
    }
    expect(await shop.read(charge.id)).toMatchObject({
      ...{ status: 'PARTIALLY_REFUNDED', refundedAmount: { amount: 4_000 } },
      refunds: [{ origin: 'PROVIDER', status: 'SUCCEEDED' }],
    });
    expect(await shop.capturesOf(charge.orderId)).toHaveLength(1);
  });

  const paymentsOf = async (reference: string) => {
    const { list } = await wire.portone<{ list: { imp_uid: string }[] }>(
      `/payments/findAll/${reference}`,
    );
    return list;
  };

  it('that comes again after ninety days changes nothing (row 64)', async () => {
    const { charge, reference } = await paid();
    await tell(telling(charge, 'paid'));
    await house.worker.runUntilIdle();
    const then = await shop.read(charge.id);
    await house.platform.database.withMerchant(house.merchant.id, (tx) =>
      tx.query(
        `UPDATE webhook_events SET received_at = received_at - make_interval(secs => $3),
           applied_at = applied_at - make_interval(secs => $3)
         WHERE merchant_id = $1 AND reference = $2`,
        [house.merchant.id, reference, (90 * DAY_MS) / 1_000],
      ),
    );
    const [asks, sends] = [await wire.looks(reference), await wire.sends(reference)];
    for (const status of ['paid', 'failed', 'paid']) await tell(telling(charge, status));
    await house.worker.runUntilIdle();
    expect(await shop.read(charge.id)).toEqual(then);
    expect(await wire.sends(reference)).toEqual(sends);
    expect(await wire.looks(reference)).toEqual(asks);
    expect((await eventsOf(reference)).map(({ status }) => status)).not.toContain('RECEIVED');
  });

  it('of one merchant that names another’s charge is nobody’s (row 66)', async () => {
    const { charge, reference } = await unclear();
    const { accounts, provisioning } = createMerchants(
      house.platform.database,
      house.platform.config,
    );
    const stranger = await provisioning.createMerchant('stranger');
    const connection = await accounts.connect(stranger.id, {
      ...{ name: 'theirs', provider: 'PORTONE', mode: 'SANDBOX', currencies: ['KRW'] },
      baseUrl: `${house.sandbox.url}/portone`,
      credentials: { imp_key: 'imp_sandbox', imp_secret: 'imp_sandbox_secret' },
    });
    if (connection.kind === 'REFUSED') throw new Error(JSON.stringify(connection.refusals));
    const { notificationUrl } = await accounts.access(stranger.id, connection.account.id);
    const asks = await wire.looks(reference);
    expect((await tell(telling(charge, 'paid'), notificationUrl)).status).toBe(200);
    await house.worker.runUntilIdle();
    expect((await shop.read(charge.id)).status).toBe('UNKNOWN');
    expect(await wire.looks(reference)).toEqual(asks);
    expect(await eventsOf(reference)).toEqual([]);
  });

  it('that finds the provider unable to answer waits, and is applied when it can (row 67)', async () => {
    const { charge, reference } = await unclear();
    await shop.fault({ match: { provider: 'PORTONE', method: 'GET' }, fate: 'lookup-down' });
    expect((await tell(telling(charge, 'paid'))).status).toBe(200);
    await house.worker.runUntilIdle();
    expect(await eventsOf(reference)).toMatchObject([{ status: 'RECEIVED' }]);
    expect((await shop.read(charge.id)).status).toBe('UNKNOWN');
    await shop.calm();
    await age(reference, DAY_MS / 2);
    await house.worker.runUntilIdle();
    expect(await eventsOf(reference)).toMatchObject([{ status: 'APPLIED' }]);
    expect((await shop.read(charge.id)).status).toBe('SUCCEEDED');
    expect(await shop.capturesOf(charge.orderId)).toHaveLength(1);
  });

  it('that comes as a form does what JSON does (row 68)', async () => {
    const { charge, reference } = await unclear();
    const type = 'application/x-www-form-urlencoded';
    expect((await tell(telling(charge, 'paid'), addresses.PORTONE, type)).status).toBe(200);
    await house.worker.runUntilIdle();
    expect(await eventsOf(reference)).toMatchObject([{ status: 'APPLIED' }]);
    expect((await shop.read(charge.id)).status).toBe('SUCCEEDED');
  });
});
