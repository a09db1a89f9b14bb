import { Module } from '@nestjs/common';
import { ChargesModule } from '#charges';
import { SchedulingModule } from '#scheduling';
import { ReportsResolver } from './reports.resolver.js';

@Module({ imports: [ChargesModule, SchedulingModule], providers: [ReportsResolver] })
export class ReportsFace {}
