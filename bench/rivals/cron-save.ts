// A re-creation, labelled so: what a NestJS team writes first. A cron tick finds what is due and charges it one by one with `save`.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, CronExpression, ScheduleModule } from '@nestjs/schedule';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { LessThanOrEqual, type Repository } from 'typeorm';
import {
  ENTITIES,
  oneMonthAfter,
  OutboxEvent,
  Payment,
  PaymentAttempt,
  Subscription,
} from './entities.js';
import { charge, newReference, requestOf } from './provider.js';
import { reportReady } from './process.js';

@Injectable()
class Billing {
  private isBusy = false;

  constructor(
    @InjectRepository(Subscription) private readonly subscriptions: Repository<Subscription>,
    @InjectRepository(Payment) private readonly payments: Repository<Payment>,
    @InjectRepository(PaymentAttempt) private readonly attempts: Repository<PaymentAttempt>,
    @InjectRepository(OutboxEvent) private readonly events: Repository<OutboxEvent>,
  ) {}

  @Cron(CronExpression.EVERY_SECOND)
  async chargeWhatIsDue(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      for (;;) {
        const due = await this.subscriptions.find({
          where: { status: 'ACTIVE', nextDueAt: LessThanOrEqual(new Date()) },
          take: 100,
        });
        if (due.length === 0) return;
        for (const subscription of due) await this.charge(subscription);
      }
    } finally {
      this.isBusy = false;
    }
  }

  private async charge(subscription: Subscription): Promise<void> {
    const { billingKey, amount, nextNumber: number } = subscription;
    const orderId = `${subscription.orderId}-${number}`;
    const payment = await this.payments.save({
      ...{ id: randomUUID(), subscriptionId: subscription.id, number, orderId, amount },
      ...{ status: 'PENDING' as const, createdAt: new Date(), settledAt: null },
    });
    const call = { reference: newReference(), billingKey, orderId, amount };
    const attempt = await this.attempts.save({
      ...{ id: randomUUID(), paymentId: payment.id, reference: call.reference },
      ...{ status: 'SENT' as const, request: requestOf(call), answer: null },
    });
    const answer = await charge(call);
    const status = answer.isPaid ? ('SUCCEEDED' as const) : ('FAILED' as const);
    await this.attempts.save({ ...attempt, status, answer: answer.body as object });
    await this.payments.save({ ...payment, status, settledAt: new Date() });
    await this.events.save({
      ...{ id: randomUUID(), type: `payment.${status.toLowerCase()}`, paymentId: payment.id },
      payload: { orderId, amount },
    });
    subscription.nextNumber = number + 1;
    subscription.nextDueAt = oneMonthAfter(subscription.nextDueAt);
    await this.subscriptions.save(subscription);
  }
}

@Module({
  imports: [
    ScheduleModule.forRoot(),
    TypeOrmModule.forRoot({
      ...{ type: 'postgres', url: process.env['DATABASE_URL'], entities: ENTITIES },
    }),
    TypeOrmModule.forFeature(ENTITIES),
  ],
  providers: [Billing],
})
class BillingModule {}

await NestFactory.createApplicationContext(BillingModule, { logger: ['error', 'fatal'] });
reportReady();
