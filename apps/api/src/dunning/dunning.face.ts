import { Module } from '@nestjs/common';
import { DunningModule } from '#dunning';
import { RetryPoliciesResolver } from './retry-policies.resolver.js';

@Module({ imports: [DunningModule], providers: [RetryPoliciesResolver] })
export class DunningFace {}
