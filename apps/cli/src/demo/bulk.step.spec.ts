import { planItems } from './bulk.step.js';

it('declines one order in ten, each way as often as the others', () => {
  const items = planItems('demo', 200, ['EXPIRED_CARD', 'INSUFFICIENT_FUNDS']);
  const count = (outcome: string) => items.filter((it) => it.outcome === outcome).length;
  expect(['APPROVED', 'EXPIRED_CARD', 'INSUFFICIENT_FUNDS'].map(count)).toEqual([180, 10, 10]);
  expect(new Set(items.map(({ orderId }) => orderId)).size).toBe(200);
});
