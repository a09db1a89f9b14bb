import assert from 'node:assert/strict';
import type { RawCard } from '../key.js';
import type { ConformanceCase, World } from './world.js';

const rawCard = async (world: World): Promise<RawCard> => {
  const number = await world.sandbox.findCard('APPROVED');
  assert.ok(number);
  return {
    number,
    expiryYear: '2030',
    expiryMonth: '10',
    birthOrBusinessNumber: '900101',
    passwordTwoDigits: '12',
  };
};

const always: ConformanceCase[] = [
  {
    name: 'a key is FOUND with a masked card, an unknown one ABSENT',
    async run(world) {
      const read = await world.provider.readKey(world.account, await world.key());
      assert.equal(read.kind, 'FOUND', JSON.stringify(read));
      assert.match(read.card.maskedNumber ?? '', /\*/);
      const unknown = await world.provider.readKey(world.account, 'f'.repeat(32));
      assert.equal(unknown.kind, 'ABSENT', JSON.stringify(unknown));
    },
  },
  {
    name: 'a deleted key is gone and stays gone, where the provider can delete',
    async run(world) {
      const key = await world.key();
      const deletion = await world.provider.deleteKey(world.account, key, 'customer left');
      if (deletion.kind === 'FORGOTTEN') return;
      assert.equal(deletion.kind, 'DELETED', JSON.stringify(deletion));
      assert.equal((await world.provider.readKey(world.account, key)).kind, 'ABSENT');
      const again = await world.provider.deleteKey(world.account, key, 'customer left');
      assert.equal(again.kind, 'DELETED', JSON.stringify(again));
    },
  },
  {
    name: 'a key whose deletion got no answer is not called deleted',
    async run(world) {
      const account = { ...world.account, baseUrl: 'http://127.0.0.1:1' };
      const deletion = await world.provider.deleteKey(account, await world.key(), 'x');
      assert.notEqual(deletion.kind, 'DELETED');
    },
  },
];

const issuing: ConformanceCase[] = [
  {
    name: 'a card becomes a key that can be charged, and no key is ever overwritten',
    async run(world) {
      const providerKey = world.reference();
      const card = await rawCard(world);
      const issue = await world.provider.issueKey(world.account, providerKey, card);
      assert.equal(issue.kind, 'ISSUED', JSON.stringify(issue));
      assert.ok(!JSON.stringify(issue).includes(card.number), 'the card number came back');
      assert.equal((await world.charge(await world.request({ providerKey }))).kind, 'SUCCEEDED');
      const again = await world.provider.issueKey(world.account, providerKey, card);
      assert.equal(again.kind, 'REFUSED');
    },
  },
  {
    name: 'raw card data is refused where it is not switched on',
    async run(world) {
      const account = { ...world.account, isRawCardRegistrationOn: false };
      const issue = await world.provider.issueKey(account, world.reference(), await rawCard(world));
      assert.equal(issue.kind, 'UNSUPPORTED');
      assert.equal(world.provider.capabilities(account).rawCardRegistration, false);
    },
  },
];

const hosted: ConformanceCase[] = [
  {
    name: 'a hosted registration goes from PENDING to COMPLETED with a key that can be charged',
    async run(world) {
      const { currency } = world.order().amount;
      const started = await world.provider.startRegistration(world.account, {
        reference: world.reference(),
        currency,
        returnUrl: 'https://merchant.example/return',
      });
      assert.equal(started.kind, 'STARTED', JSON.stringify(started));
      const { providerPaymentId } = started;
      const pending = await world.provider.readRegistration(world.account, providerPaymentId);
      assert.ok(pending.kind === 'FOUND' && pending.status === 'PENDING', JSON.stringify(pending));
      const card = await world.sandbox.findCard('APPROVED');
      await world.sandbox.completeCheckout(providerPaymentId, card ?? '');
      const done = await world.provider.readRegistration(world.account, providerPaymentId);
      assert.ok(done.kind === 'FOUND' && done.status === 'COMPLETED', JSON.stringify(done));
      const { providerKey } = done;
      assert.equal((await world.charge(await world.request({ providerKey }))).kind, 'SUCCEEDED');
    },
  },
];

const unsupported = (
  isSupported: boolean,
  name: string,
  run: ConformanceCase['run'],
): ConformanceCase[] => (isSupported ? [] : [{ name, run }]);

export const keyCases = (world: World): ConformanceCase[] => {
  const { hostedRegistration, rawCardRegistration } = world.capabilities;
  return [
    ...always,
    ...(rawCardRegistration ? issuing : []),
    ...unsupported(
      rawCardRegistration,
      'issuing a key names the other way',
      async ({ provider, account, reference }) => {
        const card = { number: '0', expiryYear: '2030', expiryMonth: '01' };
        const issue = await provider.issueKey(account, reference(), card);
        assert.ok(issue.kind === 'UNSUPPORTED' && issue.alternative !== '');
      },
    ),
    ...(hostedRegistration ? hosted : []),
    ...unsupported(
      hostedRegistration,
      'a hosted registration names the other way',
      async ({ provider, account, reference }) => {
        const request = {
          reference: reference(),
          currency: 'KRW',
          returnUrl: 'https://a.example/',
        };
        const start = await provider.startRegistration(account, request);
        assert.ok(start.kind === 'UNSUPPORTED' && start.alternative !== '');
      },
    ),
  ];
};
