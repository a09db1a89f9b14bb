// A re-creation, labelled so: BullMQ on Redis with TypeORM. A tick puts a job in the queue for each subscription that is due; a worker runs
// them side by side, the attempt saved before the call and the outcome after it, each in a transaction.
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { In, LessThanOrEqual } from 'typeorm';
import {
  oneMonthAfter,
  openDataSource,
  OutboxEvent,
  Payment,
  PaymentAttempt,
  Subscription,
} from './entities.js';
import { everySecond } from './every-second.js';
import { charge, CONCURRENCY, newReference, requestOf } from './provider.js';
import { reportReady } from './process.js';

const ENQUEUE_BATCH = 1_000;
const connection = () => new Redis(process.env['REDIS_URL'] ?? '', { maxRetriesPerRequest: null });
const database = await openDataSource(20);
const queue = new Queue<Subscription>('charges', { connection: connection() });

const chargeOne = async (subscription: Subscription): Promise<void> => {
  const { billingKey, amount, nextNumber: number } = subscription;
  const orderId = `${subscription.orderId}-${number}`;
  const call = { reference: newReference(), billingKey, orderId, amount };
  const paymentId = randomUUID();
  const [payment, attempt] = await database.transaction(async (tx) => [
    await tx.save(Payment, {
      ...{ id: paymentId, subscriptionId: subscription.id, number, orderId, amount },
      ...{ status: 'PENDING' as const, createdAt: new Date(), settledAt: null },
    }),
    await tx.save(PaymentAttempt, {
      ...{ id: randomUUID(), paymentId, reference: call.reference },
      ...{ status: 'SENT' as const, request: requestOf(call), answer: null },
    }),
  ]);
  const answer = await charge(call);
  const status = answer.isPaid ? ('SUCCEEDED' as const) : ('FAILED' as const);
  await database.transaction(async (tx) => {
    await tx.update(PaymentAttempt, attempt.id, { status, answer: answer.body as object });
    await tx.update(Payment, payment.id, { status, settledAt: new Date() });
    await tx.insert(OutboxEvent, {
      ...{ id: randomUUID(), type: `payment.${status.toLowerCase()}`, paymentId: payment.id },
      payload: { orderId, amount },
    });
    await tx.update(Subscription, subscription.id, {
      ...{ status: 'ACTIVE', nextNumber: number + 1 },
      nextDueAt: oneMonthAfter(new Date(subscription.nextDueAt)),
    });
  });
};

new Worker<Subscription>('charges', ({ data }) => chargeOne(data), {
  ...{ connection: connection(), concurrency: CONCURRENCY },
  ...{ removeOnComplete: { count: 0 } },
});

const enqueue = async (): Promise<number> => {
  const due = await database.getRepository(Subscription).find({
    where: { status: 'ACTIVE', nextDueAt: LessThanOrEqual(new Date()) },
    take: ENQUEUE_BATCH,
  });
  if (due.length === 0) return 0;
  await database
    .getRepository(Subscription)
    .update({ id: In(due.map(({ id }) => id)) }, { status: 'QUEUED' });
  await queue.addBulk(
    due.map((data) => ({ name: 'charge', data, opts: { jobId: `${data.id}-${data.nextNumber}` } })),
  );
  return due.length;
};

await queue.waitUntilReady();
everySecond(enqueue);
reportReady();
