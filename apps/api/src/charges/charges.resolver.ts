import type { OnModuleInit } from '@nestjs/common';
import { Args, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import { ChargeCommands, Charges, Refunds, type Command } from '#charges';
import { fromPublicId, toPublicId } from '#kernel';
import type { Viewer } from '#merchants';
import { ConnectionArgs, presentConnection, readPage } from '#platform/graphql';
import { inputHash } from '../idempotency/input-hash.js';
import { Nodes } from '../node/nodes.js';
import { readOrder } from '../orders/order.input.js';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { presentRefusals, type UserError } from '../user-errors/user-error.type.js';
import {
  CancelChargeInput,
  ChargeFilter,
  CreateChargeInput,
  readChargeFilter,
  readOptionalId,
  RefundChargeInput,
  ResolveChargeInput,
  ResolveRefundInput,
  RetryChargeInput,
} from './charge.input.js';
import {
  CancelChargePayload,
  CreateChargePayload,
  presentRefundRefusals,
  RefundChargePayload,
  ResolveChargePayload,
  ResolveRefundPayload,
  RetryChargePayload,
} from './charge.payloads.js';
import { Charge, ChargeConnection, presentCharge, presentRefund } from './charge.type.js';

@Resolver(() => Charge)
export class ChargesResolver implements OnModuleInit {
  constructor(
    private readonly collection: Charges,
    private readonly commands: ChargeCommands,
    private readonly refunds: Refunds,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.register('charge', {
      scope: 'charges:read',
      find: ({ merchantId }, id) => this.find(merchantId, id),
    });
  }

  @Query(() => Charge, { nullable: true, description: 'By its id, or by the merchant’s order id.' })
  @RequireScope('charges:read')
  async charge(
    @Args('id', { type: () => ID, nullable: true }) id: string | null,
    @Args('orderId', { type: () => String, nullable: true }) orderId: string | null,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<Charge | undefined> {
    if (id) return this.find(merchantId, fromPublicId('charge', id));
    const found = orderId ? await this.collection.findByOrder(merchantId, orderId) : undefined;
    return found && presentCharge(found);
  }

  @Query(() => ChargeConnection, { description: 'The newest first.' })
  @RequireScope('charges:read')
  async charges(
    @Args() args: ConnectionArgs,
    @Args('filter', { type: () => ChargeFilter, nullable: true }) filter: ChargeFilter | null,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<ChargeConnection> {
    const scope = { owner: merchantId, list: 'charges' };
    const page = readPage(args, scope);
    const slice = await this.collection.list(merchantId, {
      filter: readChargeFilter(filter),
      page,
    });
    return presentConnection({ slice, scope, positionOf: ({ id }) => id, present: presentCharge });
  }

  @Mutation(() => CreateChargePayload)
  @RequireScope('charges:write')
  async createCharge(
    @Args('input') input: CreateChargeInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<CreateChargePayload> {
    const created = await this.collection.create(merchantId, {
      billingKeyId: fromPublicId('billingKey', input.billingKeyId),
      order: readOrder(input.order),
      dueAt: input.dueAt ?? null,
      retryPolicyId: readOptionalId('retryPolicy', input.retryPolicyId),
      requestHash: inputHash(input),
    });
    return created.kind === 'REFUSED'
      ? { charge: null, replayed: false, userErrors: presentRefusals(created.refusals) }
      : { charge: presentCharge(created.charge), replayed: created.replayed, userErrors: [] };
  }

  @Mutation(() => CancelChargePayload, {
    description: 'Honest: IN_FLIGHT when the provider may already have it.',
  })
  @RequireScope('charges:write')
  async cancelCharge(
    @Args('input') { id }: CancelChargeInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<CancelChargePayload> {
    const { merchantId } = viewer;
    const chargeId = fromPublicId('charge', id);
    return this.present(merchantId, await this.commands.cancel(merchantId, chargeId, byOf(viewer)));
  }

  @Mutation(() => RetryChargePayload, { description: 'Due at once, claimed like any other.' })
  @RequireScope('charges:write')
  async retryCharge(
    @Args('input') { id }: RetryChargeInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<RetryChargePayload> {
    const { merchantId } = viewer;
    const chargeId = fromPublicId('charge', id);
    return this.present(merchantId, await this.commands.retry(merchantId, chargeId, byOf(viewer)));
  }

  @Mutation(() => ResolveChargePayload, {
    description: 'A person decides what asking the provider could not.',
  })
  @RequireScope('operations:write')
  async resolveCharge(
    @Args('input') { id, outcome, evidence, providerPaymentId }: ResolveChargeInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<ResolveChargePayload> {
    const { merchantId } = viewer;
    const resolved = await this.commands.resolve(merchantId, fromPublicId('charge', id), {
      ...{ outcome, evidence, providerPaymentId: providerPaymentId ?? null },
      by: byOf(viewer),
    });
    return this.present(merchantId, resolved);
  }

  @Mutation(() => RefundChargePayload, {
    description: 'Reserved and written down here; the provider is called at once afterwards.',
  })
  @RequireScope('refunds:write')
  async refundCharge(
    @Args('input') input: RefundChargeInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<RefundChargePayload> {
    const created = await this.refunds.create(merchantId, {
      chargeId: fromPublicId('charge', input.id),
      providerPaymentId: input.providerPaymentId ?? null,
      amountMinor: input.amount?.amount ?? null,
      currency: input.amount?.currency ?? null,
      reason: input.reason,
      idempotencyKey: input.idempotencyKey,
      requestHash: inputHash(input),
    });
    if (created.kind === 'REFUSED') {
      const userErrors = presentRefundRefusals(created.refusals);
      return { refund: null, charge: null, replayed: false, userErrors };
    }
    const { refund, replayed } = created;
    const charge = (await this.find(merchantId, refund.chargeId)) ?? null;
    return { refund: presentRefund(refund), charge, replayed, userErrors: [] };
  }

  @Mutation(() => ResolveRefundPayload, {
    description: 'A person decides what asking the provider about a refund could not.',
  })
  @RequireScope('operations:write')
  async resolveRefund(
    @Args('input') { id, outcome, evidence, providerRefundId }: ResolveRefundInput,
    @CurrentViewer() viewer: Viewer,
  ): Promise<ResolveRefundPayload> {
    const { merchantId } = viewer;
    const resolved = await this.refunds.resolve(merchantId, fromPublicId('refund', id), {
      ...{ outcome, evidence, providerRefundId: providerRefundId ?? null },
      by: byOf(viewer),
    });
    if (resolved.kind === 'REFUSED')
      return { refund: null, charge: null, userErrors: presentRefusals(resolved.refusals) };
    const { refund } = resolved;
    const charge = (await this.find(merchantId, refund.chargeId)) ?? null;
    return { refund: presentRefund(refund), charge, userErrors: [] };
  }

  private async find(merchantId: string, id: string | undefined): Promise<Charge | undefined> {
    const [found] = id ? await this.collection.find(merchantId, [id]) : [];
    return found && presentCharge(found);
  }

  private async present(
    merchantId: string,
    command: Command,
  ): Promise<{ charge: Charge | null; userErrors: UserError[] }> {
    if (command.kind === 'REFUSED')
      return { charge: null, userErrors: presentRefusals(command.refusals) };
    return { charge: (await this.find(merchantId, command.chargeId)) ?? null, userErrors: [] };
  }
}

const byOf = ({ apiKeyId }: Viewer): string => `api key ${toPublicId('apiKey', apiKeyId)}`;
