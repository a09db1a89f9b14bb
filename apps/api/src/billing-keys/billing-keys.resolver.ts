import type { OnModuleInit } from '@nestjs/common';
import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { BillingKeys } from '#billing-keys';
import { fromPublicId, invariant } from '#kernel';
import { ProviderAccounts, type Viewer } from '#merchants';
import { ConnectionArgs, presentConnection, readPage, type Loaders } from '#platform/graphql';
import { presentProviderAccount, ProviderAccount } from '../merchants/provider-account.type.js';
import { Nodes } from '../node/nodes.js';
import { CurrentViewer, RequestLoaders, RequireScope } from '../request-context.js';
import { notFound } from '../user-errors/user-error.type.js';
import {
  AttachBillingKeyInput,
  DeleteBillingKeyInput,
  IssueBillingKeyInput,
  readCard,
} from './billing-key.input.js';
import {
  AttachBillingKeyPayload,
  DeleteBillingKeyPayload,
  IssueBillingKeyPayload,
  presentKeyAnswer,
} from './billing-key.payloads.js';
import {
  BillingKey,
  BillingKeyConnection,
  BillingKeyFilter,
  presentBillingKey,
  readBillingKeyFilter,
} from './billing-key.type.js';
import { KeyRetirement } from './key-retirement.service.js';

@Resolver(() => BillingKey)
export class BillingKeysResolver implements OnModuleInit {
  constructor(
    private readonly keys: BillingKeys,
    private readonly retirement: KeyRetirement,
    private readonly accounts: ProviderAccounts,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.register('billingKey', {
      scope: 'billing-keys:read',
      find: async ({ merchantId }, id) => {
        const [key] = await this.keys.find(merchantId, [id]);
        return key && presentBillingKey(key);
      },
    });
  }

  @Query(() => BillingKey, { nullable: true })
  @RequireScope('billing-keys:read')
  async billingKey(
    @Args('id', { type: () => ID }) publicId: string,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<BillingKey | null> {
    const id = fromPublicId('billingKey', publicId);
    const [key] = id ? await this.keys.find(merchantId, [id]) : [];
    return key ? presentBillingKey(key) : null;
  }

  @Query(() => BillingKeyConnection, { description: 'Newest first.' })
  @RequireScope('billing-keys:read')
  async billingKeys(
    @Args('filter', { type: () => BillingKeyFilter, nullable: true })
    filter: BillingKeyFilter | null,
    @Args() args: ConnectionArgs,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<BillingKeyConnection> {
    const scope = { owner: merchantId, list: 'billingKeys' };
    const slice = await this.keys.list(merchantId, {
      filter: readBillingKeyFilter(filter),
      page: readPage(args, scope),
    });
    return presentConnection({
      ...{ slice, scope, present: presentBillingKey },
      positionOf: ({ id }) => id,
    });
  }

  @ResolveField(() => ProviderAccount)
  @RequireScope('merchants:read')
  async providerAccount(
    @Parent() { providerAccountId }: BillingKey,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<ProviderAccount> {
    const account = await loaders.load('providerAccount', providerAccountId, (ids) =>
      this.accounts.findMany(merchantId, ids),
    );
    invariant(account, 'expected the account of a billing key');
    return presentProviderAccount(account);
  }

  @Mutation(() => AttachBillingKeyPayload, {
    description: 'Takes over a key that exists at the provider, who is asked for it.',
  })
  @RequireScope('billing-keys:write')
  async attachBillingKey(
    @Args('input') input: AttachBillingKeyInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<AttachBillingKeyPayload> {
    const { customerRef, providerKey } = input;
    const providerAccountId = fromPublicId('providerAccount', input.providerAccountId);
    if (!providerAccountId) return noAccount();
    const attach = { providerAccountId, customerRef, providerKey };
    return presentKeyAnswer(await this.keys.attach(merchantId, attach));
  }

  @Mutation(() => IssueBillingKeyPayload, {
    description:
      'Registers card data under a fresh key; only where the account has it switched on.',
  })
  @RequireScope('billing-keys:write')
  async issueBillingKey(
    @Args('input') input: IssueBillingKeyInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<IssueBillingKeyPayload> {
    const providerAccountId = fromPublicId('providerAccount', input.providerAccountId);
    if (!providerAccountId) return noAccount();
    const { customerRef, idempotencyKey } = input;
    const issue = { providerAccountId, customerRef, card: readCard(input.card) };
    return presentKeyAnswer(
      await this.keys.issue(merchantId, { ...issue, idempotencyKey: idempotencyKey ?? null }),
    );
  }

  @Mutation(() => DeleteBillingKeyPayload, {
    description: 'Takes a key out of use, with us and at its provider.',
  })
  @RequireScope('billing-keys:write')
  async deleteBillingKey(
    @Args('input') input: DeleteBillingKeyInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<DeleteBillingKeyPayload> {
    const { reason, onLiveWork } = input;
    const id = fromPublicId('billingKey', input.id);
    if (!id) return { billingKey: null, userErrors: [notFound(['id'], 'a billing key')] };
    return this.retirement.retire(merchantId, { id, reason, onLiveWork: onLiveWork ?? null });
  }
}

const noAccount = () => ({
  billingKey: null,
  replayed: false,
  userErrors: [notFound(['providerAccountId'], 'a provider account')],
});
