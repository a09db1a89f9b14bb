import type { Switches } from '../core/index.js';

/** Where the sources are silent or disagree: the recorded behaviour is the default. */
export const defineNexiSwitches = (switches: Switches): void => {
  switches.define('nexiReplay', {
    values: ['enforced', 'error', 'none'],
    default: 'enforced',
    description: 'What a repeated externalBulkChargeId or Idempotency-Key does',
  });
  switches.define('nexiBulkStartMs', {
    values: 'number',
    default: 500,
    description: 'How long a bulk operation waits before its first item, in milliseconds',
  });
  switches.define('nexiBulkItemMs', {
    values: 'number',
    default: 1,
    description: 'How long each item of a bulk operation takes, in milliseconds',
  });
  switches.define('nexiPageSize', {
    values: 'number',
    default: 100,
    description: 'Entries of a bulk page when the request names no size',
  });
  switches.define('nexiFirstPage', {
    values: 'number',
    default: 1,
    description: 'The pageNumber of the first page',
  });
  switches.define('nexiReadsPerHour', {
    values: 'number',
    default: 30,
    description: 'Reads of one payment in an hour before 429; 0: no limit',
  });
  switches.define('nexiHardDeclineBlock', {
    values: ['off', 'on'],
    default: 'off',
    description: 'Whether charges after a decline of class HARD answer 1029 until the card changes',
  });
  switches.define('nexiSlowAmount', {
    values: 'number',
    default: 0,
    description: 'Single charges of this amount take nexiSlowMs to answer; 0: none does',
  });
  switches.define('nexiSlowMs', {
    values: 'number',
    default: 5000,
    description: 'How long the charge of a slow amount takes, in milliseconds',
  });
  switches.define('nexiExpiresAt', {
    values: ['absent', 'present'],
    default: 'absent',
    description:
      'Whether a created payment answers expiresAt, which the older official SDK refuses',
  });
  switches.define('nexiRefundDelayMs', {
    values: 'number',
    default: 0,
    description: 'How long a refund is Pending on the account clock, in milliseconds',
  });
  switches.define('nexiCancelOutcome', {
    values: ['Created', 'Failed'],
    default: 'Created',
    description: 'What becomes of a cancellation after its 204',
  });
  switches.define('nexiRefundOutcome', {
    values: ['Completed', 'Failed', 'Expired', 'Pending'],
    default: 'Completed',
    description: 'What becomes of a refund; Pending: nothing, until it is cancelled',
  });
};
