import { FAILURE_CODES } from '#kernel';
import { DECLINES, declineOf } from './declines.js';
import { NexiDriver, orderOf, registrationOf } from './testing/nexi.driver.js';
import { outcomeOf, TEST_CARDS } from './test-cards.js';

let nexi: NexiDriver;
beforeAll(async () => {
  nexi = await NexiDriver.start();
});
afterAll(() => nexi.close());

const registering = TEST_CARDS.filter((card) => card.registrationCode === undefined);
const refusing = TEST_CARDS.filter((card) => card.registrationCode !== undefined);

it.each(registering.map((card) => [card.number, card] as const))(
  '%s registers without complaint and answers its outcome on each later charge',
  async (number, card) => {
    const { body } = await nexi.call('POST', '/v1/payments', { body: registrationOf() });
    const { body: completed } = await nexi.control(`/checkouts/${body.paymentId}/complete`, {
      cardNumber: number,
    });
    expect(completed.status).toBe('COMPLETED');
    const [made] = await nexi.agreements(1, number);
    for (const id of [completed.unscheduledSubscriptionId, made])
      for (const amount of [5000, 99_900]) {
        const answer = await nexi.call('POST', `/v1/unscheduledsubscriptions/${id}/charges`, {
          body: { order: orderOf(amount) },
        });
        const outcome =
          answer.status === 200 ? 'APPROVED' : declineOf(card.chargeCode ?? '').outcome;
        expect(answer.status).toBe(outcomeOf(card) === 'APPROVED' ? 200 : 402);
        expect(outcome).toBe(outcomeOf(card));
        if (answer.status === 402)
          expect(answer.body.code).toBe(declineOf(card.chargeCode ?? '').code);
      }
  },
);

it.each(refusing.map((card) => [card.number]))('%s fails at its registration', async (number) => {
  const { body } = await nexi.call('POST', '/v1/payments', { body: registrationOf() });
  const completed = await nexi.control(`/checkouts/${body.paymentId}/complete`, {
    cardNumber: number,
  });
  expect(completed).toMatchObject({ status: 200, body: { status: 'FAILED' } });
  const read = await nexi.call('GET', `/v1/payments/${body.paymentId}`);
  expect(read.body.payment).not.toHaveProperty('unscheduledSubscription');
  const made = await nexi.control('/agreements', {
    provider: 'NEXI',
    count: 1,
    cardNumber: number,
  });
  expect(made.status).toBe(400);
});

it('has a card for every outcome an agreement charge can meet', () => {
  // RATE_LIMITED is an answer to a caller, never to a card.
  const wanted = ['APPROVED', ...FAILURE_CODES.filter((code) => code !== 'RATE_LIMITED')];
  const found = new Set<string>(registering.map(outcomeOf));
  expect(wanted.filter((outcome) => !found.has(outcome))).toEqual([]);
});

it('lists cards that fail at registration after all others', async () => {
  const answer = await nexi.sandbox.app.inject({ method: 'GET', url: '/control/cards' });
  const places = answer.json().map((card: { at?: string }) => card.at === 'REGISTRATION');
  expect(places.indexOf(true)).toBeGreaterThan(places.lastIndexOf(false));
});

it('has cards that pass the Luhn check, each once, and codes that stand once', () => {
  for (const { number } of TEST_CARDS) {
    const sum = [...number].reverse().reduce((total, digit, place) => {
      const doubled = Number(digit) * (place % 2 === 1 ? 2 : 1);
      return total + (doubled > 9 ? doubled - 9 : doubled);
    }, 0);
    expect([number, sum % 10]).toEqual([number, 0]);
  }
  expect(new Set(TEST_CARDS.map((card) => card.number)).size).toBe(TEST_CARDS.length);
  const keys = DECLINES.map(({ code, source }) => `${source} ${code}`);
  expect(new Set(keys).size).toBe(keys.length);
});
