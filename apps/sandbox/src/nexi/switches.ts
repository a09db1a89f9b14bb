import type { SwitchDefinition } from '../core/switches.js';
import type { Switches } from '../core/index.js';

/** Where the sources are silent or disagree: the recorded behaviour is the default. */
const SWITCHES: Readonly<Record<string, SwitchDefinition>> = {
  nexiReplay: {
    values: ['enforced', 'error', 'none'],
    default: 'enforced',
    description: 'What a repeated externalBulkChargeId or Idempotency-Key does',
  },
  nexiBulkStartMs: {
    values: 'number',
    default: 500,
    description: 'How long a bulk operation waits before its first item, in milliseconds',
  },
  nexiBulkItemMs: {
    values: 'number',
    default: 1,
    description: 'How long each item of a bulk operation takes, in milliseconds',
  },
  nexiPageSize: {
    values: 'number',
    default: 100,
    description: 'Entries of a bulk page when the request names no size',
  },
  nexiFirstPage: {
    values: 'number',
    default: 1,
    description: 'The pageNumber of the first page',
  },
  nexiReadsPerHour: {
    values: 'number',
    default: 30,
    description: 'Reads of one payment in an hour before 429; 0: no limit',
  },
  nexiHardDeclineBlock: {
    values: ['off', 'on'],
    default: 'off',
    description: 'Whether charges after a decline of class HARD answer 1029 until the card changes',
  },
  nexiSlowAmount: {
    values: 'number',
    default: 0,
    description: 'Single charges of this amount take nexiSlowMs to answer; 0: none does',
  },
  nexiSlowMs: {
    values: 'number',
    default: 5000,
    description: 'How long the charge of a slow amount takes, in milliseconds',
  },
  nexiExpiresAt: {
    values: ['absent', 'present'],
    default: 'absent',
    description:
      'Whether a created payment answers expiresAt, which the older official SDK refuses',
  },
  nexiRefundDelayMs: {
    values: 'number',
    default: 0,
    description: 'How long a refund is Pending on the account clock, in milliseconds',
  },
  nexiCancelOutcome: {
    values: ['Created', 'Failed'],
    default: 'Created',
    description: 'What becomes of a cancellation after its 204',
  },
  nexiRefundOutcome: {
    values: ['Completed', 'Failed', 'Expired', 'Pending'],
    default: 'Completed',
    description: 'What becomes of a refund; Pending: nothing, until it is cancelled',
  },
};

export const defineNexiSwitches = (switches: Switches): void => {
  for (const [name, definition] of Object.entries(SWITCHES)) switches.define(name, definition);
};
