import type { OnModuleInit } from '@nestjs/common';
import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { BulkCharges, type BulkAnswer } from '#bulk-charges';
import { Charges } from '#charges';
import { fromPublicId } from '#kernel';
import type { Viewer } from '#merchants';
import { ConnectionArgs, presentConnection, readPage } from '#platform/graphql';
import { readOptionalId } from '../charges/charge.input.js';
import { inputHash } from '../idempotency/input-hash.js';
import { Nodes } from '../node/nodes.js';
import { readOrder } from '../orders/order.input.js';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { presentRefusals, type UserError } from '../user-errors/user-error.type.js';
import {
  BulkCharge,
  BulkChargeConnection,
  BulkChargeFilter,
  BulkItemConnection,
  BulkItemFilter,
  CancelBulkChargeInput,
  CancelBulkChargePayload,
  CreateBulkChargeInput,
  CreateBulkChargePayload,
  PauseBulkChargeInput,
  PauseBulkChargePayload,
  presentBulkCharge,
  presentBulkItem,
  ResumeBulkChargeInput,
  ResumeBulkChargePayload,
  SubmitBulkChargeInput,
  SubmitBulkChargePayload,
} from './bulk-charge.type.js';

@Resolver(() => BulkCharge)
export class BulkChargesResolver implements OnModuleInit {
  constructor(
    private readonly bulks: BulkCharges,
    private readonly charges: Charges,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.register('bulkCharge', {
      scope: 'bulk-charges:read',
      find: async ({ merchantId }, id) => {
        const [found] = await this.bulks.find(merchantId, [id]);
        return found && presentBulkCharge(found);
      },
    });
  }

  @Query(() => BulkCharge, { nullable: true, description: 'By its id, or by the external id.' })
  @RequireScope('bulk-charges:read')
  async bulkCharge(
    @Args('id', { type: () => ID, nullable: true }) id: string | null,
    @Args('externalId', { type: () => String, nullable: true }) externalId: string | null,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<BulkCharge | undefined> {
    const bulkId = id ? fromPublicId('bulkCharge', id) : undefined;
    const found = bulkId
      ? (await this.bulks.find(merchantId, [bulkId]))[0]
      : !id && externalId
        ? await this.bulks.findByExternalId(merchantId, externalId)
        : undefined;
    return found && presentBulkCharge(found);
  }

  @Query(() => BulkChargeConnection, { description: 'The newest first.' })
  @RequireScope('bulk-charges:read')
  async bulkCharges(
    @Args() args: ConnectionArgs,
    @Args('filter', { type: () => BulkChargeFilter, nullable: true })
    filter: BulkChargeFilter | null,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<BulkChargeConnection> {
    const scope = { owner: merchantId, list: 'bulkCharges' };
    const page = readPage(args, scope);
    const slice = await this.bulks.list(merchantId, { statuses: filter?.statuses ?? null, page });
    return presentConnection({
      slice,
      scope,
      positionOf: ({ id }) => id,
      present: presentBulkCharge,
    });
  }

  @ResolveField(() => BulkItemConnection, { description: 'In the order of their lines.' })
  @RequireScope('charges:read')
  async items(
    @Parent() { row }: BulkCharge,
    @Args() args: ConnectionArgs,
    @Args('filter', { type: () => BulkItemFilter, nullable: true }) filter: BulkItemFilter | null,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<BulkItemConnection> {
    const scope = { owner: merchantId, list: `items of ${row.id}` };
    const page = readPage(args, scope);
    const slice = await this.charges.list(merchantId, {
      filter: {
        bulkChargeId: row.id,
        states: filter?.statuses ?? null,
        failureCode: filter?.failureCode ?? null,
      },
      page,
      isByLine: true,
    });
    return presentConnection({
      slice,
      scope,
      positionOf: ({ bulkLine }) => String(bulkLine),
      present: presentBulkItem,
    });
  }

  @Mutation(() => CreateBulkChargePayload)
  @RequireScope('bulk-charges:write')
  async createBulkCharge(
    @Args('input') input: CreateBulkChargeInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<CreateBulkChargePayload> {
    const answer = await this.bulks.create(merchantId, {
      providerAccountId: fromPublicId('providerAccount', input.providerAccountId),
      externalId: input.externalId,
      items: input.items.map(({ billingKeyId, order }) => ({
        billingKeyId: fromPublicId('billingKey', billingKeyId),
        order: readOrder(order),
      })),
      submit: input.submit,
      retryPolicyId: readOptionalId('retryPolicy', input.retryPolicyId),
      requestHash: inputHash(input),
    });
    return {
      ...present(answer),
      replayed: answer.kind === 'DONE' && answer.replayed,
    };
  }

  @Mutation(() => SubmitBulkChargePayload)
  @RequireScope('bulk-charges:write')
  async submitBulkCharge(
    @Args('input') { id }: SubmitBulkChargeInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<SubmitBulkChargePayload> {
    return present(await this.bulks.submit(merchantId, fromPublicId('bulkCharge', id)));
  }

  @Mutation(() => PauseBulkChargePayload, { description: 'What is in flight is followed home.' })
  @RequireScope('bulk-charges:write')
  async pauseBulkCharge(
    @Args('input') { id }: PauseBulkChargeInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<PauseBulkChargePayload> {
    return present(await this.bulks.pause(merchantId, fromPublicId('bulkCharge', id)));
  }

  @Mutation(() => ResumeBulkChargePayload)
  @RequireScope('bulk-charges:write')
  async resumeBulkCharge(
    @Args('input') { id }: ResumeBulkChargeInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<ResumeBulkChargePayload> {
    return present(await this.bulks.resume(merchantId, fromPublicId('bulkCharge', id)));
  }

  @Mutation(() => CancelBulkChargePayload, {
    description: 'What is unsent stops; what is in flight is followed home.',
  })
  @RequireScope('bulk-charges:write')
  async cancelBulkCharge(
    @Args('input') { id }: CancelBulkChargeInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<CancelBulkChargePayload> {
    return present(await this.bulks.cancel(merchantId, fromPublicId('bulkCharge', id)));
  }
}

const present = (answer: BulkAnswer): { bulkCharge: BulkCharge | null; userErrors: UserError[] } =>
  answer.kind === 'REFUSED'
    ? { bulkCharge: null, userErrors: presentRefusals(answer.refusals) }
    : { bulkCharge: presentBulkCharge(answer.bulkCharge), userErrors: [] };
