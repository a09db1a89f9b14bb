import { bulkCases } from './bulk.cases.js';
import { captureCases } from './capture.cases.js';
import { chargeCases, faultCases } from './charge.cases.js';
import { keyCases } from './key.cases.js';
import { refundCases } from './refund.cases.js';
import { scheduleCases } from './schedule.cases.js';
import { webhookCases } from './webhook.cases.js';
import { World, type ConformanceCase, type ConformanceSetting } from './world.js';

/**
 * What an adapter must show against a running sandbox, according to its own capabilities: a list of
 * named checks that throw when a promise is not kept. Give the adapter an HTTP sender with a short
 * deadline, or the hanging answers take as long as in life.
 */
export const conformanceCases = (
  setting: ConformanceSetting,
): readonly { readonly name: string; run(): Promise<void> }[] => {
  const world = new World(setting);
  const cases: readonly ConformanceCase[] = [
    ...chargeCases,
    ...faultCases,
    ...keyCases(world),
    ...(world.capabilities.providerSchedule ? scheduleCases : []),
    ...(world.capabilities.captureList ? captureCases : []),
    ...(world.capabilities.nativeBulk ? bulkCases : []),
    ...refundCases,
    ...webhookCases,
  ];
  return cases.map(({ name, run }) => ({ name, run: () => run(world) }));
};
