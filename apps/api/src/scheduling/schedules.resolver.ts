import type { OnModuleInit } from '@nestjs/common';
import { Args, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import { GraphQLError } from 'graphql';
import { fromPublicId } from '#kernel';
import type { Viewer } from '#merchants';
import { ConnectionArgs, DateTime, presentConnection, readPage } from '#platform/graphql';
import { Schedules } from '#scheduling';
import { Nodes } from '../node/nodes.js';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { presentRefusals } from '../user-errors/user-error.type.js';
import { checkFirst } from './first.js';
import { readRecurrence, RecurrenceInput } from './recurrence.type.js';
import { CreateScheduleInput, readCreateSchedule } from './schedule.input.js';
import { CreateSchedulePayload } from './schedule.payloads.js';
import {
  presentSchedule,
  readScheduleFilter,
  Schedule,
  ScheduleConnection,
  ScheduleFilter,
} from './schedule.type.js';

@Resolver(() => Schedule)
export class SchedulesResolver implements OnModuleInit {
  constructor(
    private readonly collection: Schedules,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.register('schedule', {
      scope: 'schedules:read',
      find: ({ merchantId }, id) => this.find(merchantId, id),
    });
  }

  @Query(() => Schedule, { nullable: true })
  @RequireScope('schedules:read')
  schedule(
    @Args('id', { type: () => ID }) id: string,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<Schedule | undefined> {
    return this.find(merchantId, fromPublicId('schedule', id));
  }

  @Query(() => ScheduleConnection, { description: 'The newest first.' })
  @RequireScope('schedules:read')
  async schedules(
    @Args() args: ConnectionArgs,
    @Args('filter', { type: () => ScheduleFilter, nullable: true }) filter: ScheduleFilter | null,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<ScheduleConnection> {
    const scope = { owner: merchantId, list: 'schedules' };
    const page = readPage(args, scope);
    const slice = await this.collection.list(merchantId, {
      filter: readScheduleFilter(filter),
      page,
    });
    return presentConnection({
      ...{ slice, scope, present: presentSchedule },
      positionOf: ({ id }) => id,
    });
  }

  @Query(() => [DateTime], { description: 'What a schedule would bring, without making one.' })
  @RequireScope('schedules:read')
  previewSchedule(
    @Args('recurrence') recurrence: RecurrenceInput,
    @Args('startAt', { type: () => DateTime }) startAt: Date,
    @Args('endAt', { type: () => DateTime, nullable: true }) endAt: Date | null,
    @Args('first', { type: () => Int, description: 'At most 100.' }) first: number,
  ): readonly Date[] {
    const preview = this.collection.preview({
      ...{ startAt, endAt: endAt ?? null, first: checkFirst(first) },
      recurrence: readRecurrence(recurrence),
    });
    if (preview.kind === 'PREVIEWED') return preview.dues;
    const [refusal] = preview.refusals;
    throw new GraphQLError(`${refusal?.field.join('.')}: ${refusal?.message}`, {
      extensions: { code: 'BAD_USER_INPUT', field: refusal?.field },
    });
  }

  @Mutation(() => CreateSchedulePayload)
  @RequireScope('schedules:write')
  async createSchedule(
    @Args('input') input: CreateScheduleInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<CreateSchedulePayload> {
    const created = await this.collection.create(merchantId, readCreateSchedule(input));
    return created.kind === 'REFUSED'
      ? { schedule: null, replayed: false, userErrors: presentRefusals(created.refusals) }
      : {
          schedule: presentSchedule(created.schedule),
          replayed: created.replayed,
          userErrors: [],
        };
  }

  private async find(merchantId: string, id: string | undefined): Promise<Schedule | undefined> {
    const [found] = id ? await this.collection.find(merchantId, [id]) : [];
    return found && presentSchedule(found);
  }
}
