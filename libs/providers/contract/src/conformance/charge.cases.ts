import assert from 'node:assert/strict';
import { FAILURE_CODES } from '#kernel';
import type { ConformanceCase } from './world.js';

const approved: ConformanceCase[] = [
  {
    name: 'an approved charge SUCCEEDED with its amount, and the provider captured just that',
    async run(world) {
      const request = await world.request();
      const outcome = await world.charge(request);
      assert.equal(outcome.kind, 'SUCCEEDED', JSON.stringify(outcome));
      assert.deepEqual(outcome.captured, request.order.amount);
      const lines = await world.sandbox.ledgerOf(request.order.orderId);
      assert.equal(lines.length, 1);
      assert.equal(lines[0]?.amount, request.order.amount.amountMinor);
      assert.equal(lines[0]?.currency, request.order.amount.currency);
    },
  },
  {
    name: 'an approved charge is found again by its reference and read by its id',
    async run(world) {
      const request = await world.request();
      const outcome = await world.charge(request);
      assert.equal(outcome.kind, 'SUCCEEDED');
      const found = await world.find(request);
      assert.equal(found.kind, 'FOUND');
      const [payment] = found.payments;
      assert.equal(found.payments.length, 1);
      assert.equal(payment?.providerPaymentId, outcome.providerPaymentId);
      assert.equal(payment?.status, 'PAID');
      assert.equal(payment?.reference, request.providerReference);
      assert.equal(payment?.providerKey, request.providerKey);
      assert.deepEqual(payment?.amount, request.order.amount);
      assert.equal(payment?.capturedMinor, request.order.amount.amountMinor);
      assert.equal(payment?.refundedMinor, 0);
      const read = await world.provider.readPayment(world.account, outcome.providerPaymentId);
      assert.equal(read.kind, 'FOUND');
      assert.equal(read.payment.status, 'PAID');
    },
  },
  {
    name: 'the same bytes sent again never capture again, and are never called a failure',
    async run(world) {
      const request = await world.request();
      const frozen = world.provider.describeCharge(world.account, request);
      const first = await world.provider.sendCharge(world.account, frozen);
      const second = await world.provider.sendCharge(world.account, frozen);
      assert.equal(first.kind, 'SUCCEEDED');
      assert.ok(['SUCCEEDED', 'UNKNOWN'].includes(second.kind), JSON.stringify(second));
      assert.equal(await world.capturesOf(request.order), 1);
    },
  },
  {
    name: 'a described charge holds no credential and comes out the same each time',
    async run(world) {
      const request = await world.request();
      const frozen = world.provider.describeCharge(world.account, request);
      assert.deepEqual(world.provider.describeCharge(world.account, request), frozen);
      const written = JSON.stringify(frozen);
      for (const secret of [
        ...Object.values(world.account.credentials),
        world.account.webhookSecret,
      ])
        assert.ok(!written.includes(secret), 'a credential stands in the frozen request');
    },
  },
  {
    name: 'what nobody charged is ABSENT',
    async run(world) {
      const found = await world.find(await world.request());
      assert.equal(found.kind, 'ABSENT', JSON.stringify(found));
    },
  },
];

const declined: ConformanceCase = {
  name: 'every card of the sandbox that declines is told by its failure code',
  async run(world) {
    let seen = 0;
    for (const failureCode of FAILURE_CODES) {
      if (!(await world.sandbox.findCard(failureCode))) continue;
      seen += 1;
      const request = await world.request({ providerKey: await world.key(failureCode) });
      const outcome = await world.charge(request);
      assert.equal(outcome.kind, 'DECLINED', `${failureCode}: ${JSON.stringify(outcome)}`);
      assert.equal(outcome.failureCode, failureCode, JSON.stringify(outcome));
      assert.equal(await world.capturesOf(request.order), 0);
    }
    assert.ok(seen >= 8, `expected cards for most outcomes, found ${seen}`);
  },
};

const refused: ConformanceCase[] = [
  {
    name: 'a key the provider does not know is DECLINED as KEY_NOT_FOUND',
    async run(world) {
      const outcome = await world.charge(await world.request({ providerKey: '0'.repeat(32) }));
      assert.equal(outcome.kind, 'DECLINED', JSON.stringify(outcome));
      assert.equal(outcome.failureCode, 'KEY_NOT_FOUND');
    },
  },
  {
    name: 'wrong credentials are REJECTED as CONFIGURATION, and say so when tested',
    async run(world) {
      const credentials = Object.fromEntries(
        Object.keys(world.account.credentials).map((name) => [name, 'wrong']),
      );
      const account = { ...world.account, credentials };
      const request = await world.request();
      const frozen = world.provider.describeCharge(account, request);
      const outcome = await world.provider.sendCharge(account, frozen);
      assert.equal(outcome.kind, 'REJECTED', JSON.stringify(outcome));
      assert.equal(outcome.failureCode, 'CONFIGURATION');
      assert.equal((await world.provider.testAccess(account)).kind, 'ABSENT');
      assert.equal((await world.provider.testAccess(world.account)).kind, 'FOUND');
    },
  },
  {
    name: 'nobody at the address means NOT_SENT, and nothing can be read',
    async run(world) {
      const account = { ...world.account, baseUrl: 'http://127.0.0.1:1' };
      const request = await world.request();
      const frozen = world.provider.describeCharge(account, request);
      const outcome = await world.provider.sendCharge(account, frozen);
      assert.equal(outcome.kind, 'NOT_SENT', JSON.stringify(outcome));
      const found = await world.provider.findPayments(account, world.question(request));
      assert.equal(found.kind, 'UNAVAILABLE');
      const read = await world.provider.readKey(account, request.providerKey);
      assert.equal(read.kind, 'UNAVAILABLE');
    },
  },
];

export const chargeCases: readonly ConformanceCase[] = [...approved, declined, ...refused];

/** Executed or not, the adapter cannot know: it says UNKNOWN, and asking brings the truth. */
const FATES_UNKNOWN: readonly (readonly [fate: string, isExecuted: boolean])[] = [
  ['hang-before', false],
  ['500-before', false],
  ['502-before', false],
  ['504-before', false],
  ['hang-after', true],
  ['500-after', true],
  ['502-after', true],
  ['504-after', true],
  ['reset-mid-body', true],
  ['html-body', true],
  ['truncated-json', true],
  ['response-lost', true],
  ['refuse', false],
];

const unknownUnder = (fate: string, isExecuted: boolean): ConformanceCase => ({
  name: `under ${fate} a charge is UNKNOWN and then ${isExecuted ? 'found paid' : 'absent'}`,
  async run(world) {
    const request = await world.request();
    // The access token must be there before: the fault is for the charge alone.
    await world.charge(await world.request());
    const match = { method: 'POST', reference: request.providerReference };
    const outcome = await world.under({ fate, match }, () => world.charge(request));
    assert.equal(outcome.kind, 'UNKNOWN', JSON.stringify(outcome));
    assert.equal(await world.capturesOf(request.order), isExecuted ? 1 : 0);
    const found = await world.find(request);
    assert.equal(found.kind, isExecuted ? 'FOUND' : 'ABSENT', JSON.stringify(found));
  },
});

const doorFaults: ConformanceCase[] = [
  {
    name: 'under a rate limit a charge is REJECTED as RATE_LIMITED with the wait asked for',
    async run(world) {
      const request = await world.request();
      await world.charge(await world.request());
      const match = { method: 'POST', reference: request.providerReference };
      const fault = { fate: 'rate-limited', match, options: { retryAfterSeconds: 7 } };
      const outcome = await world.under(fault, () => world.charge(request));
      assert.equal(outcome.kind, 'REJECTED', JSON.stringify(outcome));
      assert.equal(outcome.failureCode, 'RATE_LIMITED');
      assert.equal(outcome.retryAfterSeconds, 7);
    },
  },
  {
    name: 'credentials refused for good in mid-life are REJECTED as CONFIGURATION',
    async run(world) {
      const request = await world.request();
      await world.charge(await world.request());
      const match = { method: 'POST', reference: request.providerReference };
      const outcome = await world.under({ fate: 'unauthorized', match }, () =>
        world.charge(request),
      );
      assert.equal(outcome.kind, 'REJECTED', JSON.stringify(outcome));
      assert.equal(outcome.failureCode, 'CONFIGURATION');
      assert.equal(await world.capturesOf(request.order), 0);
    },
  },
  {
    name: 'look-ups that are down are UNAVAILABLE, never ABSENT',
    async run(world) {
      const request = await world.request();
      await world.charge(request);
      const found = await world.under({ fate: 'lookup-down', match: {} }, () =>
        world.find(request),
      );
      assert.equal(found.kind, 'UNAVAILABLE', JSON.stringify(found));
    },
  },
];

export const faultCases: readonly ConformanceCase[] = [
  ...FATES_UNKNOWN.map(([fate, isExecuted]) => unknownUnder(fate, isExecuted)),
  ...doorFaults,
];
