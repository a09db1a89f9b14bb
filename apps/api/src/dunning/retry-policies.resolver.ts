import type { OnModuleInit } from '@nestjs/common';
import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import { RetryPolicies, type PolicyWriting } from '#dunning';
import { fromPublicId } from '#kernel';
import type { Viewer } from '#merchants';
import { inputHash } from '../idempotency/input-hash.js';
import { Nodes } from '../node/nodes.js';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { presentRefusals } from '../user-errors/user-error.type.js';
import {
  CreateRetryPolicyInput,
  CreateRetryPolicyPayload,
  presentRetryPolicy,
  readPolicyInput,
  RetryPolicy,
  UpdateRetryPolicyInput,
  UpdateRetryPolicyPayload,
} from './retry-policy.type.js';
import {
  presentSimulation,
  RetrySimulation,
  SimulateRetryPolicyInput,
} from './retry-simulation.type.js';

@Resolver(() => RetryPolicy)
export class RetryPoliciesResolver implements OnModuleInit {
  constructor(
    private readonly policies: RetryPolicies,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.register('retryPolicy', {
      scope: 'retry-policies:read',
      find: async ({ merchantId }, id) => {
        const policy = await this.policies.find(merchantId, id);
        return policy && presentRetryPolicy(policy);
      },
    });
  }

  @Query(() => [RetryPolicy], { description: 'By name; at most a hundred.' })
  @RequireScope('retry-policies:read')
  async retryPolicies(@CurrentViewer() { merchantId }: Viewer): Promise<RetryPolicy[]> {
    return (await this.policies.list(merchantId)).map(presentRetryPolicy);
  }

  @Query(() => RetrySimulation, { description: 'When a charge would be tried again, and why.' })
  @RequireScope('retry-policies:read')
  async simulateRetryPolicy(
    @Args('input') input: SimulateRetryPolicyInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<RetrySimulation> {
    const { retryPolicyId, preset, failureCode, failedAt, network } = input;
    const simulated = await this.policies.simulate(merchantId, {
      policy: retryPolicyId
        ? { id: fromPublicId('retryPolicy', retryPolicyId) }
        : { preset: preset ?? 'STANDARD' },
      change: readPolicyInput(input),
      ...{ failureCode, network, failedAt: failedAt ?? null },
    });
    if (simulated.kind === 'SIMULATED') return presentSimulation(simulated.simulation);
    const [refusal] = simulated.refusals;
    throw new GraphQLError(`${refusal?.field.join('.')}: ${refusal?.message}`, {
      extensions: { code: 'BAD_USER_INPUT', field: refusal?.field },
    });
  }

  @Mutation(() => CreateRetryPolicyPayload)
  @RequireScope('retry-policies:write')
  async createRetryPolicy(
    @Args('input') input: CreateRetryPolicyInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<CreateRetryPolicyPayload> {
    const request = {
      ...readPolicyInput(input),
      ...{ name: input.name, preset: input.preset ?? 'STANDARD' },
      requestHash: inputHash(input),
    };
    return present(await this.policies.create(merchantId, request));
  }

  @Mutation(() => UpdateRetryPolicyPayload, {
    description: 'A new version. Charges that failed under an earlier one go on by that.',
  })
  @RequireScope('retry-policies:write')
  async updateRetryPolicy(
    @Args('input') input: UpdateRetryPolicyInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<UpdateRetryPolicyPayload> {
    const id = fromPublicId('retryPolicy', input.id);
    const request = { ...readPolicyInput(input), name: input.name ?? null };
    return present(await this.policies.update(merchantId, id, request));
  }
}

const present = (writing: PolicyWriting): CreateRetryPolicyPayload =>
  writing.kind === 'REFUSED'
    ? { retryPolicy: null, replayed: false, userErrors: presentRefusals(writing.refusals) }
    : {
        retryPolicy: presentRetryPolicy(writing.policy),
        replayed: writing.replayed,
        userErrors: [],
      };
