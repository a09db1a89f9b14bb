import { isDate, newId, textProblem, type FailureCode } from '#kernel';
import { businessInstant } from '#platform/clock';
import type { Database, Transaction } from '#platform/database';
import { refusal, type Refusal } from '#merchants';

import type { Network } from './network-rules.js';
import { readPolicy, type PolicyRequest } from './policy-request.js';
import { simulatePolicy, type PolicySimulation } from './policy-simulation.js';
import {
  countPolicies,
  findPolicy,
  insertPolicy,
  listPolicies,
  lockPolicy,
  POLICIES_MAX,
  writeVersion,
  type NamedPolicy,
} from './retry-policies.repository.js';
import { RETRY_PRESETS, type RetryPolicy, type RetryPreset } from './retry-policy.js';

export type RetryPolicyRefusal = Refusal<
  'IDEMPOTENCY_MISMATCH' | 'INVALID_INPUT' | 'LIMIT_EXCEEDED' | 'NOT_FOUND'
>;

export type PolicyWriting =
  | { readonly kind: 'WRITTEN'; readonly policy: NamedPolicy; readonly replayed: boolean }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly RetryPolicyRefusal[] };

export type Simulating =
  | { readonly kind: 'SIMULATED'; readonly simulation: PolicySimulation }
  | { readonly kind: 'REFUSED'; readonly refusals: readonly RetryPolicyRefusal[] };

/** A line on a page. */
const NAME_MAX = 80;

/** A merchant's retry policies, and what they would do. */
export class RetryPolicies {
  constructor(private readonly database: Database) {}

  /** By name. */
  list(merchantId: string): Promise<NamedPolicy[]> {
    return this.database.withMerchant(merchantId, (tx) => listPolicies(tx, merchantId));
  }

  find(merchantId: string, id: string): Promise<NamedPolicy | undefined> {
    return this.database.withMerchant(merchantId, (tx) => findPolicy(tx, merchantId, { id }));
  }

  /** The name is the key: the same call again answers the same policy. */
  create(
    merchantId: string,
    request: PolicyRequest & {
      readonly name: string;
      readonly preset: RetryPreset;
      readonly requestHash: string;
    },
  ): Promise<PolicyWriting> {
    const { name, preset, requestHash } = request;
    const reading = readPolicy(request, RETRY_PRESETS[preset]);
    const refusals = [...checkName(name), ...(reading.kind === 'REFUSED' ? reading.refusals : [])];
    if (reading.kind === 'REFUSED' || refusals.length > 0) return refused(...refusals);
    return this.database.withMerchant(merchantId, async (tx) => {
      const earlier = await findPolicy(tx, merchantId, { name });
      if (earlier) return replay(earlier, requestHash);
      if ((await countPolicies(tx, merchantId)) >= POLICIES_MAX)
        return refused(
          refusal('LIMIT_EXCEEDED', ['name'], `expected at most ${POLICIES_MAX} retry policies`),
        );
      const policy = {
        ...{ ...reading.policy, id: newId(), name, version: 1, requestHash },
        createdAt: tx.now,
      };
      if (await insertPolicy(tx, merchantId, policy))
        return { kind: 'WRITTEN', policy, replayed: false };
      const winner = await findPolicy(tx, merchantId, { name });
      return winner ? replay(winner, requestHash) : refused(notFound());
    });
  }

  /** A new version: cases that began with an earlier one go on by it. */
  update(
    merchantId: string,
    id: string | undefined,
    request: PolicyRequest & { readonly name?: string | null },
  ): Promise<PolicyWriting> {
    const refusals = request.name == null ? [] : checkName(request.name);
    if (refusals.length > 0) return refused(...refusals);
    return this.database.withMerchant(merchantId, async (tx) => {
      if (id) await lockPolicy(tx, merchantId, id);
      const before = id && (await findPolicy(tx, merchantId, { id }));
      if (!before) return refused(notFound());
      const reading = readPolicy(request, before);
      if (reading.kind === 'REFUSED') return refused(...reading.refusals);
      const name = request.name ?? before.name;
      const namesake = await findPolicy(tx, merchantId, { name });
      if (namesake && namesake.id !== before.id)
        return refused(refusal('INVALID_INPUT', ['name'], 'expected a name of no other policy'));
      const policy = { ...before, ...reading.policy, name, version: before.version + 1 };
      await writeVersion(tx, merchantId, policy);
      return { kind: 'WRITTEN', policy, replayed: false };
    });
  }

  /** The calendar that a policy, or one that is only being thought of, gives for a failure that keeps coming back. */
  async simulate(
    merchantId: string,
    question: {
      readonly policy: { readonly id: string | undefined } | { readonly preset: RetryPreset };
      readonly change: PolicyRequest;
      readonly failureCode: FailureCode;
      readonly failedAt: Date | null;
      readonly network: Network;
    },
  ): Promise<Simulating> {
    if (question.failedAt && !isDate(question.failedAt))
      return refused(refusal('INVALID_INPUT', ['failedAt'], 'expected a time from 1970 to 9998'));
    return this.database.withMerchant(merchantId, async (tx) => {
      const from = await this.policyOf(tx, merchantId, question.policy);
      if (!from) return refused(notFound('retryPolicyId'));
      const reading = readPolicy(question.change, from);
      if (reading.kind === 'REFUSED') return refused(...reading.refusals);
      const { failureCode, network } = question;
      const failedAt = businessInstant(question.failedAt ?? tx.now);
      const simulation = simulatePolicy(reading.policy, { failureCode, failedAt, network });
      return { kind: 'SIMULATED', simulation };
    });
  }

  private async policyOf(
    tx: Transaction,
    merchantId: string,
    named: { readonly id: string | undefined } | { readonly preset: RetryPreset },
  ): Promise<RetryPolicy | undefined> {
    if ('preset' in named) return RETRY_PRESETS[named.preset];
    return named.id ? findPolicy(tx, merchantId, { id: named.id }) : undefined;
  }
}

const refused = (
  ...refusals: readonly RetryPolicyRefusal[]
): Promise<{ kind: 'REFUSED'; refusals: readonly RetryPolicyRefusal[] }> =>
  Promise.resolve({ kind: 'REFUSED', refusals });

const checkName = (name: string): RetryPolicyRefusal[] => {
  const problem = textProblem(name, NAME_MAX);
  return problem ? [refusal('INVALID_INPUT', ['name'], problem)] : [];
};

const notFound = (field = 'id'): RetryPolicyRefusal =>
  refusal('NOT_FOUND', [field], 'expected a retry policy of yours');

const replay = (earlier: NamedPolicy, requestHash: string): PolicyWriting =>
  earlier.requestHash === requestHash
    ? { kind: 'WRITTEN', policy: earlier, replayed: true }
    : {
        kind: 'REFUSED',
        refusals: [
          refusal(
            'IDEMPOTENCY_MISMATCH',
            ['name'],
            'expected the same content as when this name was first sent, found other content',
          ),
        ],
      };
