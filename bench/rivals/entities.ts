import { Column, DataSource, Entity, PrimaryColumn } from 'typeorm';

@Entity('subscriptions')
export class Subscription {
  @PrimaryColumn('uuid') id: string;
  @Column('text', { name: 'billing_key' }) billingKey: string;
  @Column('text', { name: 'order_id' }) orderId: string;
  @Column('int') amount: number;
  @Column('int', { name: 'next_number' }) nextNumber: number;
  @Column('timestamptz', { name: 'next_due_at' }) nextDueAt: Date;
  @Column('text') status: 'ACTIVE' | 'QUEUED';
}

@Entity('payments')
export class Payment {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid', { name: 'subscription_id' }) subscriptionId: string;
  @Column('int') number: number;
  @Column('text', { name: 'order_id' }) orderId: string;
  @Column('int') amount: number;
  @Column('text') status: 'PENDING' | 'SUCCEEDED' | 'FAILED';
  @Column('timestamptz', { name: 'created_at' }) createdAt: Date;
  @Column('timestamptz', { name: 'settled_at', nullable: true }) settledAt: Date | null;
}

@Entity('payment_attempts')
export class PaymentAttempt {
  @PrimaryColumn('uuid') id: string;
  @Column('uuid', { name: 'payment_id' }) paymentId: string;
  @Column('text') reference: string;
  @Column('text') status: 'SENT' | 'SUCCEEDED' | 'FAILED';
  @Column('jsonb') request: object;
  @Column('jsonb', { nullable: true }) answer: unknown;
}

@Entity('outbox_events')
export class OutboxEvent {
  @PrimaryColumn('uuid') id: string;
  @Column('text') type: string;
  @Column('uuid', { name: 'payment_id' }) paymentId: string;
  @Column('jsonb') payload: object;
}

export const ENTITIES = [Subscription, Payment, PaymentAttempt, OutboxEvent];

export const openDataSource = (poolSize: number): Promise<DataSource> =>
  new DataSource({
    ...{ type: 'postgres', url: process.env['DATABASE_URL'], entities: ENTITIES },
    extra: { max: poolSize },
  }).initialize();

export const oneMonthAfter = (date: Date): Date => {
  const next = new Date(date);
  next.setUTCMonth(next.getUTCMonth() + 1);
  return next;
};
