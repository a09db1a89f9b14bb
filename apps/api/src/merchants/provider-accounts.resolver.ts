import { Inject, type OnModuleInit } from '@nestjs/common';
import { Args, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { fromPublicId, invariant } from '#kernel';
import { ProviderAccounts, PROVIDERS, type Providers, type Viewer } from '#merchants';
import { Nodes } from '../node/nodes.js';
import { CurrentViewer, RequireScope } from '../request-context.js';
import { notFound, presentRefusals } from '../user-errors/user-error.type.js';
import {
  ConnectProviderAccountInput,
  readConnection,
  readSettings,
  TestProviderAccountInput,
  UpdateProviderAccountInput,
} from './provider-account.input.js';
import {
  ConnectProviderAccountPayload,
  TestProviderAccountPayload,
  UpdateProviderAccountPayload,
} from './provider-account.payloads.js';
import { presentProviderAccount, ProviderAccount } from './provider-account.type.js';

@Resolver(() => ProviderAccount)
export class ProviderAccountsResolver implements OnModuleInit {
  constructor(
    private readonly accounts: ProviderAccounts,
    private readonly nodes: Nodes,
    @Inject(PROVIDERS) private readonly providers: Providers,
  ) {}

  onModuleInit(): void {
    this.nodes.register('providerAccount', {
      scope: 'merchants:read',
      find: async ({ merchantId }, id) => {
        const [account] = await this.accounts.findMany(merchantId, [id]);
        return account && presentProviderAccount(account);
      },
    });
  }

  @Query(() => [ProviderAccount])
  @RequireScope('merchants:read')
  async providerAccounts(@CurrentViewer() { merchantId }: Viewer): Promise<ProviderAccount[]> {
    return (await this.accounts.list(merchantId)).map(presentProviderAccount);
  }

  @ResolveField(() => String, {
    description:
      'Where the provider is to send this account’s webhooks. Whoever knows it can send there.',
  })
  @RequireScope('merchants:write')
  async notificationUrl(
    @Parent() { id }: ProviderAccount,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<string> {
    const accountId = fromPublicId('providerAccount', id);
    invariant(accountId, 'expected a provider account to have its own id');
    return (await this.accounts.access(merchantId, accountId)).notificationUrl;
  }

  @Mutation(() => ConnectProviderAccountPayload)
  @RequireScope('merchants:write')
  async connectProviderAccount(
    @Args('input') input: ConnectProviderAccountInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<ConnectProviderAccountPayload> {
    const connection = await this.accounts.connect(merchantId, readConnection(input));
    if (connection.kind === 'REFUSED') {
      const userErrors = presentRefusals(connection.refusals);
      return { providerAccount: null, warnings: [], replayed: false, userErrors };
    }
    const { account, replayed, warnings } = connection;
    const providerAccount = presentProviderAccount(account);
    return { providerAccount, warnings: [...warnings], replayed, userErrors: [] };
  }

  @Mutation(() => UpdateProviderAccountPayload)
  @RequireScope('merchants:write')
  async updateProviderAccount(
    @Args('input') input: UpdateProviderAccountInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<UpdateProviderAccountPayload> {
    const id = fromPublicId('providerAccount', input.id);
    if (!id) return { providerAccount: null, userErrors: [notFound(['id'], 'a provider account')] };
    const update = await this.accounts.update(merchantId, id, readSettings(input));
    return update.kind === 'REFUSED'
      ? { providerAccount: null, userErrors: presentRefusals(update.refusals) }
      : { providerAccount: presentProviderAccount(update.account), userErrors: [] };
  }

  @Mutation(() => TestProviderAccountPayload, {
    description: 'Asks the provider whether the credentials work.',
  })
  @RequireScope('merchants:write')
  async testProviderAccount(
    @Args('input') input: TestProviderAccountInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<TestProviderAccountPayload> {
    const id = fromPublicId('providerAccount', input.id);
    const opened = id && (await this.accounts.open(merchantId, id));
    if (!opened)
      return {
        ...{ providerAccount: null, access: null, notes: [] },
        userErrors: [notFound(['id'], 'a provider account')],
      };
    const { account, access } = opened;
    const provider = this.providers.get(account.provider);
    invariant(provider, `expected an adapter for ${account.provider}`);
    const reading = await provider.testAccess(access);
    const providerAccount = presentProviderAccount(account);
    if (reading.kind === 'FOUND')
      return { providerAccount, access: 'WORKING', notes: [...reading.notes], userErrors: [] };
    return reading.kind === 'ABSENT'
      ? { providerAccount, access: 'REFUSED', notes: [], userErrors: [] }
      : { providerAccount, access: 'UNAVAILABLE', notes: [reading.reason], userErrors: [] };
  }
}
