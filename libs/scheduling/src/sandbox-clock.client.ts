import type { BusinessInstant } from '#platform/clock';
import type { AccountAccess } from '#providers/contract';

import { sandboxOf } from './clock-operation.js';

/** Above the sandbox's own patience with the receivers of its webhooks, 10 s. */
const DEADLINE_MS = 20_000;

export type Telling =
  | { readonly kind: 'TOLD' }
  | { readonly kind: 'REFUSED'; readonly reason: string }
  | { readonly kind: 'NO_ANSWER'; readonly reason: string };

/** Moves the sandbox's clock of one account along with ours; there the payments it holds are fired, and their webhooks sent. */
export class SandboxClock {
  async tell(access: AccountAccess, at: BusinessInstant): Promise<Telling> {
    const sandbox = sandboxOf(access.baseUrl);
    if (!sandbox) return { kind: 'REFUSED', reason: 'the account is not served by the sandbox' };
    const account = access.credentials['imp_key'] ?? access.credentials['secret_key'];
    try {
      const response = await fetch(`${sandbox}/control/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ at: at.toISOString(), account }),
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      if (response.ok) return { kind: 'TOLD' };
      const { error } = (await response.json()) as { error?: string };
      // Its clock shows a later time already: a step that was told before, and the answer lost.
      return error?.includes('only moves forward')
        ? { kind: 'TOLD' }
        : { kind: 'REFUSED', reason: `the sandbox refused: ${error ?? response.status}` };
    } catch (error) {
      return { kind: 'NO_ANSWER', reason: error instanceof Error ? error.message : 'no answer' };
    }
  }
}
