import { z } from 'zod';
import type {
  AccountAccess,
  CapturePage,
  CaptureQuestion,
  ListedCapture,
  Reading,
} from '#providers/contract';
import type { PortoneClient } from './portone.client.js';
import { keepUnread, readHandled } from './reading.js';
import { moneyOf, readList } from './wire.js';

/** 20 unless asked for, and up to 1,000 (§5.5); a hundred payments are an answer of 150 kB. */
const PAGE_SIZE = 100;

/** What is read of a payment in a list that holds everybody's: whatever is not ours may look as it likes. */
const captureSchema = z.object({
  imp_uid: z.string().min(1),
  merchant_uid: z.string(),
  amount: z.union([z.number(), z.string()]),
  currency: z.string(),
  paid_at: z.number().int(),
  custom_data: z.unknown(),
});

/** We send `{"orderId":…}` as text; it may come back as text or as what that text means. */
const orderSchema = z.object({ orderId: z.string() });

const orderIdIn = (customData: unknown): string | null => {
  try {
    const told: unknown = typeof customData === 'string' ? JSON.parse(customData) : customData;
    return orderSchema.safeParse(told).data?.orderId ?? null;
  } catch {
    return null; // anybody may write anything there
  }
};

const toCapture = (entry: unknown): ListedCapture | undefined => {
  const { data } = captureSchema.safeParse(entry);
  return (
    data && {
      providerPaymentId: data.imp_uid,
      capturedAtSeconds: data.paid_at,
      reference: data.merchant_uid,
      orderId: orderIdIn(data.custom_data),
      amount: moneyOf(data.amount, data.currency) ?? null,
    }
  );
};

/**
 * §5.5: what is `paid` by the time it was paid. A payment taken back since, also in part, is called
 * cancelled and is not among them (§5.6).
 */
export const listCaptures = async (
  client: PortoneClient,
  account: AccountAccess,
  { fromSeconds, toSeconds, page }: CaptureQuestion,
): Promise<Reading<CapturePage>> => {
  const span = `from=${fromSeconds}&to=${toSeconds}&sorting=paid`;
  const query = `${span}&page=${page}&limit=${PAGE_SIZE}&include_sandbox=true`;
  const path = `/payments/status/paid?${query}`;
  const read = readHandled(await client.send(account, { method: 'GET', path }));
  if (read.kind !== 'HANDLED') {
    const isPastTheLast = page > 1 && read.kind === 'REFUSED' && read.status === 400;
    const unread = keepUnread(read, 'PAYMENT');
    return isPastTheLast || unread.kind === 'ABSENT' ? NOTHING : unread;
  }
  const list = readList(read.response, toCapture);
  return list
    ? { kind: 'FOUND', captures: list.entries, hasMore: list.hasNext }
    : { kind: 'UNAVAILABLE', reason: 'a list of captures that cannot be read' };
};

const NOTHING = { kind: 'FOUND', captures: [], hasMore: false } as const;
