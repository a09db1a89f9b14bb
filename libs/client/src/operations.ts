import { z } from 'zod';
import {
  BillingKey,
  BulkCharge,
  CardRegistration,
  Charge,
  ChargeSummary,
  ClockOperation,
  pageOf,
  ProviderAccount,
  Refund,
  Schedule,
  Viewer,
} from './answers.js';
import {
  AdvanceTestClock,
  AttachBillingKey,
  ConnectProviderAccount,
  CreateBulkCharge,
  CreateCharge,
  CreateSchedule,
  IssueBillingKey,
  RefundCharge,
  StartCardRegistration,
  WithId,
  type ChargeFilter,
  type Recurrence,
} from './inputs.js';
import { mutation, query } from './operation.js';

/** What creates is keyed by the caller, so the same call again answers the same object. */
const CREATES = { isRepeatable: true } as const;
const replayed = z.boolean();

interface ById {
  readonly id: string;
}
interface Paging {
  readonly first: number;
  readonly after?: string | null;
}
interface ChargeList extends Paging {
  readonly filter?: ChargeFilter;
}
interface Preview {
  readonly recurrence: z.input<typeof Recurrence>;
  readonly startAt: string;
  readonly endAt?: string;
  readonly first: number;
}

/** Everything this client can say, by the names of the schema. */
export const OPERATIONS = {
  me: query<object, typeof Viewer>({ name: 'me', variables: {}, answer: Viewer }),
  providerAccounts: query({
    name: 'providerAccounts',
    variables: {},
    answer: z.array(ProviderAccount),
  }),
  billingKey: query<ById, z.ZodNullable<typeof BillingKey>>({
    name: 'billingKey',
    variables: { id: 'ID!' },
    answer: BillingKey.nullable(),
  }),
  cardRegistration: query<ById, z.ZodNullable<typeof CardRegistration>>({
    name: 'cardRegistration',
    variables: { id: 'ID!' },
    answer: CardRegistration.nullable(),
  }),
  charge: query<{ readonly id?: string; readonly orderId?: string }, z.ZodNullable<typeof Charge>>({
    name: 'charge',
    variables: { id: 'ID', orderId: 'String' },
    answer: Charge.nullable(),
  }),
  charges: query<ChargeList, ReturnType<typeof pageOf<typeof ChargeSummary>>>({
    name: 'charges',
    variables: { filter: 'ChargeFilter', first: 'Int', after: 'String' },
    answer: pageOf(ChargeSummary),
  }),
  schedule: query<ById, z.ZodNullable<typeof Schedule>>({
    name: 'schedule',
    variables: { id: 'ID!' },
    answer: Schedule.nullable(),
  }),
  previewSchedule: query<Preview, z.ZodArray<z.ZodString>>({
    name: 'previewSchedule',
    variables: {
      recurrence: 'RecurrenceInput!',
      startAt: 'DateTime!',
      endAt: 'DateTime',
      first: 'Int!',
    },
    answer: z.array(z.string()),
  }),
  bulkCharge: query<
    { readonly id?: string; readonly externalId?: string },
    z.ZodNullable<typeof BulkCharge>
  >({
    name: 'bulkCharge',
    variables: { id: 'ID', externalId: 'String' },
    answer: BulkCharge.nullable(),
  }),

  connectProviderAccount: mutation({
    name: 'connectProviderAccount',
    input: ConnectProviderAccount,
    answer: { providerAccount: ProviderAccount, warnings: z.array(z.string()), replayed },
    ...CREATES,
  }),
  attachBillingKey: mutation({
    name: 'attachBillingKey',
    input: AttachBillingKey,
    answer: { billingKey: BillingKey, replayed },
    ...CREATES,
  }),
  issueBillingKey: mutation({
    name: 'issueBillingKey',
    input: IssueBillingKey,
    answer: { billingKey: BillingKey, replayed },
    ...CREATES,
  }),
  startCardRegistration: mutation({
    name: 'startCardRegistration',
    input: StartCardRegistration,
    answer: { registration: CardRegistration, replayed },
    ...CREATES,
  }),
  createCharge: mutation({
    name: 'createCharge',
    input: CreateCharge,
    answer: { charge: Charge, replayed },
    ...CREATES,
  }),
  cancelCharge: mutation({
    name: 'cancelCharge',
    input: WithId,
    answer: { charge: Charge },
    // A canceled charge answers itself.
    isRepeatable: true,
  }),
  retryCharge: mutation({
    name: 'retryCharge',
    input: WithId,
    answer: { charge: Charge },
    // The first one may have been tried and have failed meanwhile: the second would be one more attempt.
    isRepeatable: false,
  }),
  refundCharge: mutation({
    name: 'refundCharge',
    input: RefundCharge,
    answer: { refund: Refund, charge: Charge, replayed },
    ...CREATES,
  }),
  createSchedule: mutation({
    name: 'createSchedule',
    input: CreateSchedule,
    answer: { schedule: Schedule, replayed },
    ...CREATES,
  }),
  createBulkCharge: mutation({
    name: 'createBulkCharge',
    input: CreateBulkCharge,
    answer: { bulkCharge: BulkCharge, replayed },
    ...CREATES,
  }),
  advanceTestClock: mutation({
    name: 'advanceTestClock',
    input: AdvanceTestClock,
    answer: { operation: ClockOperation },
    // The same call joins the first.
    isRepeatable: true,
  }),
};
