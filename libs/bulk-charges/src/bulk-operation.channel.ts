import { newId } from '#kernel';
import { after } from '#platform/clock';
import type { Transaction } from '#platform/database';
import {
  admit,
  chargeRequestOf,
  countSends,
  describeEach,
  hashOf,
  lockDueCharges,
  nextAttempt,
  writeIntents,
  type Allowance,
  type ChargesDependencies,
  type Claim,
  type DispatchChannel,
  type Intent,
  type Loaded,
  type ServedAccount,
} from '#charges';

import { gather } from './provider-operation.js';
import { insertOperations, type NewOperation } from './provider-operations.repository.js';
import type { OperationSubmitter } from './operation.submitter.js';

/** Operations begun by one claim: enough to keep the provider busy, few enough that the claim stays short. */
const OPERATIONS_PER_CLAIM = 4;

interface Gathered {
  readonly operation: NewOperation;
  readonly intents: readonly Intent[];
}

/** Due bulk items of a provider that takes many in one call, gathered into operations. */
export class BulkOperationChannel implements DispatchChannel {
  constructor(
    private readonly dependencies: ChargesDependencies,
    private readonly submitter: OperationSubmitter,
  ) {}

  async claim(
    tx: Transaction,
    account: ServedAccount,
    allowance: Allowance,
  ): Promise<Claim | undefined> {
    const { timing, settler } = this.dependencies;
    const { nativeBulk, bulkOperationSize } = account.provider.capabilities(account.access);
    if (!nativeBulk) return undefined;
    const size = Math.min(bulkOperationSize, account.bulkOperationSize);
    const due = await lockDueCharges(tx, {
      ...account,
      ...allowance,
      businessNow: account.businessNow(),
      lateBefore: after(account.businessNow(), -timing.retryWaitSeconds),
      limit: Math.min(size * Math.min(OPERATIONS_PER_CLAIM, allowance.calls), allowance.charges),
      origins: ['BULK'],
    });
    if (due.length === 0) return undefined;
    const admitted = await admit(tx, due, { account, settler });
    const lease = { token: newId(), until: after(tx.now, timing.leaseSeconds) };
    const { leaseMonotonicMs } = allowance;
    const gathered = await this.gather(tx, admitted, { account, size });
    const context = { merchantId: account.merchantId, businessNow: account.businessNow() };
    await insertOperations(
      tx,
      gathered.map(({ operation }) => operation),
      { ...context, leaseToken: lease.token, leaseUntil: lease.until },
    );
    const intents = gathered.flatMap(({ intents: each }) => each);
    await writeIntents(tx, intents, { ...context, lease, cause: 'dispatcher: due, in bulk' });
    const submissions = gathered.map(({ operation }) => ({
      ...operation,
      ...{ sends: 1, polls: 0, leaseToken: lease.token, leaseMonotonicMs },
    }));
    return {
      calls: submissions.length,
      sends: countSends(intents),
      send: async () => {
        await Promise.all(submissions.map((each) => this.submitter.submit(account, each)));
      },
    };
  }

  /** Items that cannot be described are looked for only when an operation with them cannot be. */
  private async gather(
    tx: Transaction,
    usable: readonly Loaded[],
    { account, size }: { readonly account: ServedAccount; readonly size: number },
  ): Promise<Gathered[]> {
    const operationsOf = (items: readonly Loaded[]) =>
      gatherByBulk(items, size).map((group) => operationOf(group, account));
    try {
      return operationsOf(usable);
    } catch {
      const { settler } = this.dependencies;
      const describe = (loaded: Loaded) => {
        operationOf([loaded], account);
        return loaded;
      };
      return operationsOf(await describeEach(tx, usable, { account, settler, describe }));
    }
  }
}

const gatherByBulk = (items: readonly Loaded[], size: number): Loaded[][] => {
  const bulks = [...new Set(items.map(({ charge }) => charge.bulkChargeId))];
  return bulks.flatMap((bulk) =>
    gather(
      items
        .filter(({ charge }) => charge.bulkChargeId === bulk)
        .map((loaded) => ({
          loaded,
          providerKey: loaded.providerKey,
          setbacks: loaded.charge.setbacks + loaded.charge.nonSends,
        })),
      size,
    ).map((group) => group.map(({ loaded }) => loaded)),
  );
};

const operationOf = (items: readonly Loaded[], { access, provider }: ServedAccount): Gathered => {
  const id = newId();
  const externalOperationId = id.replaceAll('-', '');
  const { reusableReference: isReferenceReusable } = provider.capabilities(access);
  const attempts = items.map(({ charge, providerKey, unsentReference }) => ({
    charge,
    providerKey,
    attempt: nextAttempt(charge, 'BULK', { isReferenceReusable, unsentReference }),
  }));
  const request = provider.describeBulk(access, {
    externalOperationId,
    items: attempts.map(({ charge, attempt, providerKey }) =>
      chargeRequestOf(charge, attempt.providerReference, providerKey),
    ),
  });
  const requestHash = hashOf(request);
  const [first] = items;
  return {
    operation: {
      ...{ id, externalOperationId, request, requestHash },
      providerAccountId: access.providerAccountId,
      bulkChargeId: first?.charge.bulkChargeId ?? null,
      itemCount: items.length,
    },
    intents: attempts.map(({ charge, attempt }) => ({
      ...{ charge, attempt, request: null, requestHash },
      providerOperationId: id,
    })),
  };
};
