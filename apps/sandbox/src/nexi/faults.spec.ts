import { NexiDriver, orderOf } from './testing/nexi.driver.js';

let nexi: NexiDriver;
let id: string;
beforeEach(async () => {
  nexi = await NexiDriver.start();
  [id = ''] = await nexi.agreements(1);
});
afterEach(() => nexi.close());

const charge = (key: string) =>
  nexi.call('POST', `/v1/unscheduledsubscriptions/${id}/charges`, {
    body: { order: orderOf(5000, 'order-1') },
    headers: { 'idempotency-key': key },
  });
const fault = (rule: Record<string, unknown>) =>
  nexi.control('/faults', { match: { provider: 'NEXI', ...(rule['match'] as object) }, ...rule });
const status = (key: string) =>
  nexi.call('GET', `/v1/unscheduledsubscriptions/${id}/charges/status`, {
    headers: { 'idempotency-key': key },
  });

const bulk = async (count: number) => {
  const ids = await nexi.agreements(count);
  const { body } = await nexi.call('POST', '/v1/unscheduledsubscriptions/charges', {
    body: {
      externalBulkChargeId: 'bulk-1',
      unscheduledSubscriptions: ids.map((unscheduledSubscriptionId, index) => ({
        unscheduledSubscriptionId,
        order: orderOf(1000, `order-${index}`),
      })),
    },
  });
  return { ids, path: `/v1/unscheduledsubscriptions/charges/${body.bulkId}` };
};

it('answers declined and pays later, in the ledger and in reads', async () => {
  await fault({ fate: 'failed-then-paid', options: { seconds: 30 }, times: 1 });
  expect(await charge('key-1')).toMatchObject({ status: 402, body: { code: '05' } });
  expect(await nexi.ledger()).toEqual([]);
  await nexi.elapse(31_000);
  expect(await nexi.ledger()).toMatchObject([{ kind: 'CAPTURE', orderReference: 'order-1' }]);
  expect(await status('key-1')).toMatchObject({ status: 200, body: { completed: true } });
});

it('reports a charge failed that was done', async () => {
  await fault({ fate: 'reported-failed', times: 1 });
  expect(await charge('key-1')).toMatchObject({ status: 402, body: { code: '05' } });
  expect(await nexi.ledger()).toHaveLength(1);
});

it('hides a charge from look-ups for a while', async () => {
  await fault({ fate: 'lookup-lag', options: { seconds: 60 } });
  const { body } = await charge('key-1');
  expect((await status('key-1')).status).toBe(404);
  expect((await nexi.call('GET', `/v1/payments/${body.paymentId}`)).status).toBe(404);
  await nexi.elapse(61_000);
  expect((await status('key-1')).status).toBe(200);
});

it('executes a repeated key again when the duplicate guard is none', async () => {
  await charge('key-1');
  await fault({ fate: 'duplicate-guard', options: { mode: 'none' }, times: 1 });
  expect((await charge('key-1')).status).toBe(200);
  expect(await nexi.ledger()).toHaveLength(2);
});

it('lets two requests under one key overtake the guard when it is racy, and no third', async () => {
  await fault({ fate: 'duplicate-guard', options: { mode: 'racy' } });
  const both = await Promise.all([charge('key-1'), charge('key-1')]);
  expect(both.map((answer) => answer.status)).toEqual([200, 200]);
  expect(await nexi.ledger()).toHaveLength(2);
  expect((await charge('key-1')).status).toBe(200);
  expect(await nexi.ledger()).toHaveLength(2);
});

it('keeps a bulk operation stuck, and lets it go at its time', async () => {
  await fault({ fate: 'bulk-stuck', options: { seconds: 86_400 } });
  const { path } = await bulk(3);
  await nexi.elapse(86_000_000);
  expect((await nexi.call('GET', path)).body.status).toBe('Processing');
  expect(await nexi.ledger()).toEqual([]);
  await nexi.elapse(403_000);
  expect((await nexi.call('GET', path)).body.status).toBe('Done');
});

it('leaves an item out of the pages, or turns their order', async () => {
  await fault({ fate: 'bulk-item-missing' });
  const missing = await bulk(3);
  await nexi.elapse(2003);
  expect((await nexi.call('GET', missing.path)).body.page).toHaveLength(2);
  expect(await nexi.ledger()).toHaveLength(3);
});

it('answers bulk items in another order', async () => {
  await fault({ fate: 'bulk-reordered' });
  const { ids, path } = await bulk(3);
  await nexi.elapse(2003);
  const { body } = await nexi.call('GET', path);
  expect(body.page.map((item: any) => item.unscheduledSubscriptionId)).toEqual([...ids].reverse());
});
