import { NexiDriver, orderOf, WebhookReceiver } from './testing/nexi.driver.js';

let nexi: NexiDriver;
beforeEach(async () => {
  nexi = await NexiDriver.start();
});
afterEach(() => nexi.close());

const PATH = '/v1/unscheduledsubscriptions/charges';
const itemsOf = (ids: readonly string[]) =>
  ids.map((unscheduledSubscriptionId, index) => ({
    unscheduledSubscriptionId,
    order: orderOf(1000 + index, `order-${index}`),
  }));
const submit = (unscheduledSubscriptions: unknown, rest = {}) =>
  nexi.call('POST', PATH, { body: { unscheduledSubscriptions, ...rest } });
const read = (bulkId: string, query = '') => nexi.call('GET', `${PATH}/${bulkId}${query}`);
const statusesOf = (body: any): string[] => body.page.map((item: any) => item.status);

it('completes item by item on the account clock: Pending before, Done at the end', async () => {
  await nexi.control('/switches', { nexiBulkItemMs: 1000 });
  const { body } = await submit(itemsOf(await nexi.agreements(4)));
  await nexi.elapse(1700);
  const half = (await read(body.bulkId)).body;
  expect(half.status).toBe('Processing');
  expect(statusesOf(half)).toEqual(['Succeeded', 'Succeeded', 'Pending', 'Pending']);
  await nexi.elapse(2000);
  const done = (await read(body.bulkId)).body;
  expect(done.status).toBe('Done');
  expect(statusesOf(done)).toEqual(Array(4).fill('Succeeded'));
  expect(done.page.slice(0, 2)).toEqual(half.page.slice(0, 2));
});

it('is done within 2 s and 1 ms per item on real time, untouched by anybody', async () => {
  const { body } = await submit(itemsOf(await nexi.agreements(300)));
  const started = Date.now();
  while ((await read(body.bulkId, '?take=1')).body.status !== 'Done') {
    if (Date.now() - started > 2300) throw new Error('not done in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await nexi.ledger()).toHaveLength(300);
});

it('cuts pages by skip and take, or by number and size, or by its own size', async () => {
  const ids = await nexi.agreements(250);
  const { body } = await submit(itemsOf(ids));
  await nexi.elapse(2250);
  const idsOf = (page: any[]) => page.map((item) => item.unscheduledSubscriptionId);
  const first = (await read(body.bulkId)).body;
  expect(first).toMatchObject({ status: 'Done', more: true });
  expect(idsOf(first.page)).toEqual(ids.slice(0, 100));
  const rest = (await read(body.bulkId, '?skip=200&take=100')).body;
  expect([idsOf(rest.page), rest.more]).toEqual([ids.slice(200), false]);
  const second = (await read(body.bulkId, '?pageNumber=2&pageSize=120')).body;
  expect([idsOf(second.page), second.more]).toEqual([ids.slice(120, 240), true]);
  expect((await read(body.bulkId, '?skip=250&take=10')).body).toMatchObject({
    page: [],
    more: false,
  });
  expect((await read(body.bulkId, '?skip=1&pageSize=2')).status).toBe(400);
  expect((await read(body.bulkId, '?skip=-1')).body.errors).toHaveProperty('skip');
  expect((await read(body.bulkId, '?take=many')).body.errors).toHaveProperty('take');
});

it('names the item and the field of what is wrong, and takes nothing in', async () => {
  const [id] = await nexi.agreements(1);
  const good = { unscheduledSubscriptionId: id, order: orderOf(1000) };
  const { status, body } = await submit([
    good,
    { ...good, externalReference: 'both' },
    { order: orderOf(1000) },
    { ...good, order: orderOf(0) },
    { ...good, order: { ...orderOf(1000), currency: 'XXZ' } },
    { unscheduledSubscriptionId: 'no-uuid', order: orderOf(1000) },
    { ...good, order: { ...orderOf(1000), amount: 999 } },
    { ...good, myReference: 'x'.repeat(37) },
    'no object',
  ]);
  expect(status).toBe(400);
  expect(Object.keys(body.errors).sort()).toEqual([
    'unscheduledSubscriptions[1].externalReference',
    'unscheduledSubscriptions[2].unscheduledSubscriptionId',
    'unscheduledSubscriptions[3].order.amount',
    'unscheduledSubscriptions[4].order.currency',
    'unscheduledSubscriptions[5].unscheduledSubscriptionId',
    'unscheduledSubscriptions[6].order.amount',
    'unscheduledSubscriptions[7].myReference',
    'unscheduledSubscriptions[8]',
  ]);
  for (const messages of Object.values(body.errors)) expect(messages).toEqual([expect.any(String)]);
  expect((await submit([])).body.errors).toHaveProperty('unscheduledSubscriptions');
  expect((await submit(undefined)).body.errors).toHaveProperty('unscheduledSubscriptions');
});

it('fails an item whose agreement is unknown, and does the others', async () => {
  const [id = ''] = await nexi.agreements(1);
  const unknown = 'f'.repeat(32);
  const { body } = await submit(itemsOf([unknown, id]));
  await nexi.elapse(2002);
  const { page } = (await read(body.bulkId)).body;
  expect(page[0]).toEqual({
    unscheduledSubscriptionId: unknown,
    status: 'Failed',
    code: '1031',
    source: 'Internal',
    message: expect.any(String),
  });
  expect(page[1].status).toBe('Succeeded');
});

describe('the same externalBulkChargeId again', () => {
  it.each([
    ['enforced', 202, 1],
    ['error', 400, 1],
    ['none', 202, 2],
  ])('with replay %s answers %i and charges %i times', async (mode, status, captures) => {
    await nexi.control('/switches', { nexiReplay: mode });
    const items = itemsOf(await nexi.agreements(1));
    const first = await submit(items, { externalBulkChargeId: 'run-1' });
    const again = await submit(items, { externalBulkChargeId: 'run-1' });
    expect(again.status).toBe(status);
    if (mode === 'enforced') expect(again.body).toEqual(first.body);
    await nexi.elapse(5000);
    expect(await nexi.ledger()).toHaveLength(captures);
  });

  it('may be sent as a number, and is nothing shared without one', async () => {
    const items = itemsOf(await nexi.agreements(1));
    const first = await submit(items, { externalBulkChargeId: 4711 });
    expect(await submit(items, { externalBulkChargeId: '4711' })).toEqual(first);
    expect((await submit(items)).body.bulkId).not.toBe((await submit(items)).body.bulkId);
    const long = await submit(items, { externalBulkChargeId: 'x'.repeat(65) });
    expect(long.body.errors).toHaveProperty('externalBulkChargeId');
  });
});

it('sends one set of notifications for every item', async () => {
  const receiver = await WebhookReceiver.start();
  const { body } = await submit(itemsOf(await nexi.agreements(3)), {
    notifications: receiver.registerFor('payment.charge.created.v2'),
  });
  await nexi.elapse(2003);
  await nexi.sandbox.core.webhooks.settled(5000);
  const { page } = (await read(body.bulkId)).body;
  expect(receiver.deliveries.map((delivery) => delivery.body.data.paymentId).sort()).toEqual(
    page.map((item: any) => item.paymentId).sort(),
  );
  await receiver.close();
});

it('verifies cards in bulk: dead ones fail, poor ones do not', async () => {
  const [good] = await nexi.agreements(1);
  const [poor] = await nexi.agreements(1, '4925000000000517');
  const [stolen] = await nexi.agreements(1, '4925000000000434');
  const accepted = await nexi.call('POST', '/v1/unscheduledsubscriptions/verifications', {
    body: {
      externalBulkVerificationId: 'check-1',
      unscheduledSubscriptions: [good, poor, stolen].map((id) => ({
        unscheduledSubscriptionId: id,
        externalReference: null,
      })),
    },
  });
  expect(accepted.status).toBe(202);
  const path = `/v1/unscheduledsubscriptions/verifications/${accepted.body.bulkId}`;
  expect((await nexi.call('GET', path)).body.status).toBe('Processing');
  await nexi.elapse(2003);
  const { body } = await nexi.call('GET', path);
  expect(statusesOf(body)).toEqual(['Succeeded', 'Succeeded', 'Failed']);
  expect(body.page[2]).toMatchObject({ code: '43', message: expect.any(String) });
  expect(body.page[2]).not.toHaveProperty('source');
  expect(await nexi.ledger()).toEqual([]);
  const wrongWork = await nexi.call('GET', `${PATH}/${accepted.body.bulkId}`);
  expect(wrongWork.status).toBe(404);
});
