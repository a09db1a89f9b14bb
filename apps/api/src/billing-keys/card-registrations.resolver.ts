import type { OnModuleInit } from '@nestjs/common';
import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { BillingKeys, CardRegistrations } from '#billing-keys';
import { fromPublicId, invariant } from '#kernel';
import { ProviderAccounts, type Viewer } from '#merchants';
import type { Loaders } from '#platform/graphql';
import { presentProviderAccount, ProviderAccount } from '../merchants/provider-account.type.js';
import { Nodes } from '../node/nodes.js';
import { CurrentViewer, RequestLoaders, RequireScope } from '../request-context.js';
import { notFound } from '../user-errors/user-error.type.js';
import { StartCardRegistrationInput } from './billing-key.input.js';
import { presentKeyRefusals, StartCardRegistrationPayload } from './billing-key.payloads.js';
import { BillingKey, presentBillingKey } from './billing-key.type.js';
import { CardRegistration, presentCardRegistration } from './card-registration.type.js';

@Resolver(() => CardRegistration)
export class CardRegistrationsResolver implements OnModuleInit {
  constructor(
    private readonly registrations: CardRegistrations,
    private readonly keys: BillingKeys,
    private readonly accounts: ProviderAccounts,
    private readonly nodes: Nodes,
  ) {}

  onModuleInit(): void {
    this.nodes.register('cardRegistration', {
      scope: 'billing-keys:read',
      find: async ({ merchantId }, id) => {
        const [registration] = await this.registrations.find(merchantId, [id]);
        return registration && presentCardRegistration(registration);
      },
    });
  }

  @Query(() => CardRegistration, { nullable: true })
  @RequireScope('billing-keys:read')
  async cardRegistration(
    @Args('id', { type: () => ID }) publicId: string,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<CardRegistration | null> {
    const id = fromPublicId('cardRegistration', publicId);
    const [registration] = id ? await this.registrations.find(merchantId, [id]) : [];
    return registration ? presentCardRegistration(registration) : null;
  }

  @ResolveField(() => BillingKey, { nullable: true, description: 'Once it is COMPLETED.' })
  @RequireScope('billing-keys:read')
  async billingKey(
    @Parent() { billingKeyId }: CardRegistration,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<BillingKey | null> {
    const key =
      billingKeyId &&
      (await loaders.load('billingKey', billingKeyId, (ids) => this.keys.find(merchantId, ids)));
    return key ? presentBillingKey(key) : null;
  }

  @ResolveField(() => ProviderAccount)
  @RequireScope('merchants:read')
  async providerAccount(
    @Parent() { providerAccountId }: CardRegistration,
    @CurrentViewer() { merchantId }: Viewer,
    @RequestLoaders() loaders: Loaders,
  ): Promise<ProviderAccount> {
    const account = await loaders.load('providerAccount', providerAccountId, (ids) =>
      this.accounts.findMany(merchantId, ids),
    );
    invariant(account, 'expected the account of a card registration');
    return presentProviderAccount(account);
  }

  @Mutation(() => StartCardRegistrationPayload, {
    description: 'Opens the provider’s own page, where a person types a card; it costs nothing.',
  })
  @RequireScope('billing-keys:write')
  async startCardRegistration(
    @Args('input') input: StartCardRegistrationInput,
    @CurrentViewer() { merchantId }: Viewer,
  ): Promise<StartCardRegistrationPayload> {
    const providerAccountId = fromPublicId('providerAccount', input.providerAccountId);
    if (!providerAccountId) return refused([notFound(['providerAccountId'], 'a provider account')]);
    const { customerRef, returnUrl, currency, idempotencyKey } = input;
    const start = { providerAccountId, customerRef, returnUrl, currency };
    const answer = await this.registrations.start(merchantId, {
      ...start,
      idempotencyKey: idempotencyKey ?? null,
    });
    return answer.kind === 'ANSWERED'
      ? {
          registration: presentCardRegistration(answer.registration),
          replayed: answer.replayed,
          userErrors: [],
        }
      : refused(presentKeyRefusals(answer.refusals));
  }
}

const refused = (
  userErrors: StartCardRegistrationPayload['userErrors'],
): StartCardRegistrationPayload => ({ registration: null, replayed: false, userErrors });
