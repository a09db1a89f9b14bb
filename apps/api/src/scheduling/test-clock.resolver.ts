import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { fromPublicId } from '#kernel';
import type { Viewer } from '#merchants';
import { TestClocks } from '#scheduling';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { presentRefusals } from '../user-errors/user-error.type.js';
import { AdvanceTestClockInput } from './schedule.input.js';
import { AdvanceTestClockPayload, presentClockOperation } from './schedule.payloads.js';

@Resolver()
export class TestClockResolver {
  constructor(private readonly clocks: TestClocks) {}

  @Mutation(() => AdvanceTestClockPayload, {
    description:
      'Moves the clock of a sandbox account through everything that falls due. Waits a minute at most; the same call again joins it, one with an earlier time has it end there.',
  })
  @RequireScope('operations:write')
  async advanceTestClock(
    @Args('input') { providerAccountId, to }: AdvanceTestClockInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<AdvanceTestClockPayload> {
    const accountId = fromPublicId('providerAccount', providerAccountId);
    const answer = await this.clocks.advance(merchantId, accountId, to);
    return answer.kind === 'REFUSED'
      ? { operation: null, userErrors: presentRefusals(answer.refusals) }
      : { operation: presentClockOperation(answer.operation, answer.outcome), userErrors: [] };
  }
}
