import { Module } from '@nestjs/common';
import { MerchantsModule } from '#merchants';
import { ApiKeysResolver } from './api-keys.resolver.js';
import { ProviderAccountsResolver } from './provider-accounts.resolver.js';
import { ViewerResolver } from './viewer.resolver.js';

@Module({
  imports: [MerchantsModule],
  providers: [ViewerResolver, ApiKeysResolver, ProviderAccountsResolver],
})
export class MerchantsFace {}
