import type { ChargeSummary } from './answers.js';
import { CallRefused } from './client-fault.js';
import type { ChargeFilter } from './inputs.js';
import type { Operation, Outcome } from './operation.js';
import { OPERATIONS } from './operations.js';
import { Transport, type ClientOptions } from './transport.js';

type Operations = typeof OPERATIONS;
/** What a query of this name is asked with, or what the `input` of a mutation holds. */
export type InputOf<Name extends keyof Operations> =
  Operations[Name] extends Operation<infer Variables, unknown>
    ? Variables extends { readonly input: infer Input }
      ? Input
      : Variables
    : never;

/** The API's own bound. */
const PAGE_SIZE = 100;

/**
 * Refrain for other services. What the caller did wrong is answered (`kind: 'REFUSED'`, with what was expected); what came to
 * nothing is thrown (`ClientFault`). Whatever has a key of the caller's is sent again by itself when its fate is unclear, and happens
 * once all the same.
 */
export class RefrainClient {
  private readonly transport: Transport;

  constructor(options: ClientOptions) {
    this.transport = new Transport(options);
  }

  me = () => this.transport.call(OPERATIONS.me, {});
  providerAccounts = () => this.transport.call(OPERATIONS.providerAccounts, {});
  connectProviderAccount = (input: InputOf<'connectProviderAccount'>) =>
    this.transport.call(OPERATIONS.connectProviderAccount, { input });

  billingKey = (id: string) => this.transport.call(OPERATIONS.billingKey, { id });
  cardRegistration = (id: string) => this.transport.call(OPERATIONS.cardRegistration, { id });
  attachBillingKey = (input: InputOf<'attachBillingKey'>) =>
    this.transport.call(OPERATIONS.attachBillingKey, { input });
  issueBillingKey = (input: InputOf<'issueBillingKey'>) =>
    this.transport.call(OPERATIONS.issueBillingKey, { input });
  startCardRegistration = (input: InputOf<'startCardRegistration'>) =>
    this.transport.call(OPERATIONS.startCardRegistration, { input });

  /** By its own id or by the order's. */
  charge = (by: InputOf<'charge'>) => this.transport.call(OPERATIONS.charge, by);
  charges = (list: InputOf<'charges'>) => this.transport.call(OPERATIONS.charges, list);
  createCharge = (input: InputOf<'createCharge'>) =>
    this.transport.call(OPERATIONS.createCharge, { input });
  cancelCharge = (input: InputOf<'cancelCharge'>) =>
    this.transport.call(OPERATIONS.cancelCharge, { input });
  retryCharge = (input: InputOf<'retryCharge'>) =>
    this.transport.call(OPERATIONS.retryCharge, { input });
  refundCharge = (input: InputOf<'refundCharge'>) =>
    this.transport.call(OPERATIONS.refundCharge, { input });

  schedule = (id: string) => this.transport.call(OPERATIONS.schedule, { id });
  previewSchedule = (preview: InputOf<'previewSchedule'>) =>
    this.transport.call(OPERATIONS.previewSchedule, preview);
  createSchedule = (input: InputOf<'createSchedule'>) =>
    this.transport.call(OPERATIONS.createSchedule, { input });

  /** By its own id or by the merchant's. */
  bulkCharge = (by: InputOf<'bulkCharge'>) => this.transport.call(OPERATIONS.bulkCharge, by);
  createBulkCharge = (input: InputOf<'createBulkCharge'>) =>
    this.transport.call(OPERATIONS.createBulkCharge, { input });

  /** Waits up to a minute; called again with the same time it waits on. */
  advanceTestClock = (input: InputOf<'advanceTestClock'>) =>
    this.transport.call(OPERATIONS.advanceTestClock, { input });

  /** Every charge the filter lets through, page after page, the newest first. */
  async *allCharges(filter: ChargeFilter): AsyncGenerator<ChargeSummary> {
    let after: string | null = null;
    do {
      const { nodes, pageInfo }: Awaited<ReturnType<typeof this.charges>> = await this.charges({
        filter,
        first: PAGE_SIZE,
        after,
      });
      yield* nodes;
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
  }
}

/** For callers to whom a refusal is the end: what was done, or `CallRefused` thrown. */
export const done = <Done>(outcome: Outcome<Done>): { readonly kind: 'DONE' } & Done => {
  if (outcome.kind === 'REFUSED') throw new CallRefused(outcome.userErrors);
  return outcome;
};
