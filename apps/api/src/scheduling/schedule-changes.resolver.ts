import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { fromPublicId } from '#kernel';
import type { Viewer } from '#merchants';
import { ScheduleCommands, type ScheduleChange } from '#scheduling';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { presentRefusals, type UserError } from '../user-errors/user-error.type.js';
import {
  CancelScheduleInput,
  PauseScheduleInput,
  readUpdateSchedule,
  ResumeScheduleInput,
  SkipOccurrenceInput,
  UpdateScheduleInput,
} from './schedule.input.js';
import {
  CancelSchedulePayload,
  PauseSchedulePayload,
  ResumeSchedulePayload,
  SkipOccurrencePayload,
  UpdateSchedulePayload,
} from './schedule.payloads.js';
import { presentSchedule, Schedule } from './schedule.type.js';

const FOLLOWS =
  'IN_FLIGHT: an occurrence within a minute of its time stays as it is; the change holds from the next one on.';

@Resolver(() => Schedule)
export class ScheduleChangesResolver {
  constructor(private readonly commands: ScheduleCommands) {}

  @Mutation(() => UpdateSchedulePayload, { description: `From the next occurrence on. ${FOLLOWS}` })
  @RequireScope('schedules:write')
  async updateSchedule(
    @Args('input') input: UpdateScheduleInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<UpdateSchedulePayload> {
    const id = fromPublicId('schedule', input.id);
    return present(
      await this.commands.update(merchantId, id, {
        update: readUpdateSchedule(input),
        effectiveAt: input.effectiveAt ?? null,
      }),
    );
  }

  @Mutation(() => PauseSchedulePayload, { description: `Retries under way go on. ${FOLLOWS}` })
  @RequireScope('schedules:write')
  async pauseSchedule(
    @Args('input') { id, reason }: PauseScheduleInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<PauseSchedulePayload> {
    const scheduleId = fromPublicId('schedule', id);
    return present(await this.commands.pause(merchantId, scheduleId, reason ?? null));
  }

  @Mutation(() => ResumeSchedulePayload)
  @RequireScope('schedules:write')
  async resumeSchedule(
    @Args('input') { id, dueMeanwhile }: ResumeScheduleInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<ResumeSchedulePayload> {
    const scheduleId = fromPublicId('schedule', id);
    return present(await this.commands.resume(merchantId, scheduleId, dueMeanwhile));
  }

  @Mutation(() => CancelSchedulePayload, {
    description: `For ever, with what waits and what is to be tried again. ${FOLLOWS}`,
  })
  @RequireScope('schedules:write')
  async cancelSchedule(
    @Args('input') { id, when }: CancelScheduleInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<CancelSchedulePayload> {
    return present(await this.commands.cancel(merchantId, fromPublicId('schedule', id), when));
  }

  @Mutation(() => SkipOccurrencePayload, {
    description: 'The schedule goes on with the one after.',
  })
  @RequireScope('schedules:write')
  async skipOccurrence(
    @Args('input') { id, number }: SkipOccurrenceInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<SkipOccurrencePayload> {
    const scheduleId = fromPublicId('schedule', id);
    return present(await this.commands.skipOccurrence(merchantId, scheduleId, number ?? null));
  }
}

const present = (change: ScheduleChange): { schedule: Schedule | null; userErrors: UserError[] } =>
  change.kind === 'CHANGED'
    ? { schedule: presentSchedule(change.schedule), userErrors: [] }
    : { schedule: null, userErrors: presentRefusals(change.refusals) };
