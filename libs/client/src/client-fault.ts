import type { UserError } from './operation.js';

/**
 * - `UNREACHABLE`: no answer, or none of the API's own (a time-out, a broken connection, a gateway); the client has tried again as
 *   often as it may.
 * - `REFUSED`: the API did not take the request as such: the key, its scopes, the document, a limit. The same request fails again.
 * - `FAILED`: the API's own failure; `correlationId` is what its operator looks for.
 * - `UNREADABLE`: an answer of another shape than this client knows.
 */
export type ClientFaultKind = 'UNREACHABLE' | 'REFUSED' | 'FAILED' | 'UNREADABLE';

/** The call came to nothing. What the caller did wrong within it is an answer (`userErrors`), not a fault. */
export class ClientFault extends Error {
  /** `extensions.code` of the GraphQL error. */
  readonly code: string | undefined;
  readonly correlationId: string | undefined;
  /** The request may have reached the API all the same: ask before sending it again in other words. */
  readonly mayHaveHappened: boolean;

  constructor(
    readonly kind: ClientFaultKind,
    message: string,
    more: { code?: string; correlationId?: string; mayHaveHappened?: boolean } = {},
  ) {
    super(message);
    this.name = 'ClientFault';
    this.code = more.code;
    this.correlationId = more.correlationId;
    this.mayHaveHappened = more.mayHaveHappened ?? false;
  }
}

/** Thrown by `done` only: for callers to whom a refusal is the end. */
export class CallRefused extends Error {
  constructor(readonly userErrors: readonly UserError[]) {
    super(
      userErrors
        .map(({ code, field, message }) => `${field?.join('.') ?? 'input'}: ${message} (${code})`)
        .join('\n'),
    );
    this.name = 'CallRefused';
  }
}
