import assert from 'node:assert/strict';
import type { ConformanceCase } from './world.js';

const GARBAGE: readonly unknown[] = [
  ...[null, undefined, '', 'text', 0, [], {}, [1]],
  ...[{ imp_uid: {} }, { id: 1, data: 'x' }, { data: { order: 5 } }],
];

export const webhookCases: readonly ConformanceCase[] = [
  {
    name: 'whatever comes in as a webhook is read without a throw, and told apart from others',
    async run({ provider, account }) {
      const keys = GARBAGE.map((body) => {
        const hint = provider.readWebhook(account, { headers: {}, body });
        assert.equal(hint.providerPaymentId, null);
        assert.ok(hint.dedupeKey.length > 0 && hint.dedupeKey.length <= 64);
        return hint.dedupeKey;
      });
      assert.ok(new Set(keys).size > 1);
    },
  },
];
