import type { Saboteur } from './saboteur.js';

const LOST_SENDERS = 'test/scenarios/lost-senders.spec.ts';
const LOST_ANSWERS = 'test/scenarios/lost-answers.spec.ts';
const STRANGE_ANSWERS = 'test/scenarios/strange-answers.spec.ts';
const LATE_PAYMENTS = 'test/scenarios/late-payments.spec.ts';
const BULK_FAULTS = 'test/scenarios/bulk-faults.spec.ts';

const RESOLVER = 'libs/charges/src/attempt.resolver.ts';
const RESEND = 'libs/charges/src/attempt.resender.ts';
const LOOK = 'libs/charges/src/look.ts';
const UNDECIDED = 'libs/charges/src/undecided-look.ts';
const CHANNEL = 'libs/charges/src/single-charge.channel.ts';

/** Mistakes about what may be sent, and about what an answer proves. */
export const saboteursOfTheWire: readonly Saboteur[] = [
  {
    number: 1,
    name: 'post-on-takeover',
    breaks: 'Whoever takes a dead sender’s charge over sends its request again, to be done sooner.',
    patches: [
      {
        file: RESOLVER,
        find: 'const { finding, shown } = await askProvider(looked, batch);',
        replace: `if (charge.state === 'SUBMITTING' && attempt.request) {
      const settlement = settle(charge, attempt, {
        outcome: await account.provider.sendCharge(account.access, attempt.request),
        ...{ now: account.now(), businessNow: account.businessNow() },
        ...{ policy: policyOf(looked), looksSeconds: timing.looksSeconds },
        ...{ cause: 'resolver: taken over', isNegativeBelieved: true },
      });
      return { settling: { loaded: looked, settlement }, shown: null };
    }
    const { finding, shown } = await askProvider(looked, batch);`,
      },
    ],
    caughtBy: {
      spec: LOST_SENDERS,
      test: 'is asked about and never sent again by whoever takes over (rows 4, 5 and 6)',
    },
  },
  {
    number: 2,
    name: 'fresh-reference-per-send',
    breaks: 'A resend is described anew, under a reference of its own.',
    patches: [
      {
        file: RESEND,
        find: "import type { Charge } from './charge.js';",
        replace: `import { newId } from '#kernel';
import { chargeRequestOf } from './charge-request.js';
import type { Charge } from './charge.js';`,
      },
      {
        file: RESEND,
        find: 'await account.provider.sendCharge(account.access, request)',
        replace: `await account.provider.sendCharge(
          account.access,
          account.provider.describeCharge(
            account.access,
            chargeRequestOf(charge, newId().replaceAll('-', ''), looked.providerKey),
          ),
        )`,
      },
    ],
    caughtBy: {
      spec: LOST_ANSWERS,
      test: 'that never arrived is sent again under its reference, after the proof, and paid once (row 38)',
    },
  },
  {
    number: 3,
    name: 'intent-after-send',
    breaks:
      'The intent is written together with what came of it, in one transaction instead of two.',
    patches: [
      {
        file: CHANNEL,
        find: '? await account.provider.sendCharge(account.access, frozen)',
        replace: '? answers.get(frozen)!',
      },
      {
        file: CHANNEL,
        find: '/** Charges one at a time, many at once. */',
        replace: 'const answers = new WeakMap<FrozenRequest, Outcome>();\n',
      },
      {
        file: CHANNEL,
        find: 'await writeIntents(tx, sendables, {',
        replace: `for (const { frozen } of sendables)
      answers.set(frozen, await account.provider.sendCharge(account.access, frozen));
    await writeIntents(tx, sendables, {`,
      },
    ],
    caughtBy: {
      spec: LOST_SENDERS,
      test: 'stands in the books before the provider hears of it (rows 1 and 2)',
    },
  },
  {
    number: 5,
    name: 'timeout-is-declined',
    breaks: 'No answer in time counts as a decline: the customer is asked for money again later.',
    patches: [
      {
        file: 'libs/providers/portone/src/classify-charge.ts',
        find: "return { kind: 'UNKNOWN', reason: answer.reason, ...kept };",
        replace: `return {
      ...{ kind: 'DECLINED', providerPaymentId: null, failureCode: 'PROVIDER_UNAVAILABLE' },
      ...{ providerCode: null, providerMessage: answer.reason, ...kept },
    };`,
      },
    ],
    caughtBy: {
      spec: LOST_ANSWERS,
      test: 'that never comes is asked about, and the payment found once (row 36)',
    },
  },
  {
    number: 6,
    name: 'find-instead-of-find-all',
    breaks: 'PortOne is asked for the payment of a reference, as if there could be but one.',
    patches: [
      {
        file: 'libs/providers/portone/src/payments.ts',
        find: '/payments/findAll/',
        replace: '/payments/find/',
      },
      {
        file: 'libs/providers/portone/src/payments.ts',
        find: 'readList(read.response, (entry)',
        replace: 'readList([read.response], (entry)',
      },
    ],
    caughtBy: {
      spec: STRANGE_ANSWERS,
      test: 'shows another’s payment first: all under the reference are compared, and ours is taken (row 51)',
    },
  },
  {
    number: 7,
    name: 'no-quiet-period',
    breaks: 'Three looks that found nothing are proof enough, however short a time they span.',
    patches: [{ file: UNDECIDED, find: 'look.now, look.quietPeriodSeconds)', replace: 'look.now, 0)' }],
    caughtBy: {
      spec: LOST_ANSWERS,
      test: 'is not sent again while look-ups lag behind, not even after three that found nothing (row 49)',
    },
  },
  {
    number: 8,
    name: 'webhook-body-believed',
    breaks: 'A webhook says what became of a payment, so the provider need not be asked.',
    patches: [
      {
        file: 'libs/charges/src/ask-provider.ts',
        find: 'const ask = async (): Promise<Found> => {',
        replace: `const ask = async (): Promise<Found> => {
      const [told] = named.get(charge.id) ?? [];
      if (told)
        return {
          finding: {
            kind: 'VERDICT',
            outcome: {
              ...{ kind: 'SUCCEEDED', providerPaymentId: told, providerChargeId: null },
              captured: { amountMinor: charge.amountMinor, currency: charge.currency },
            },
            incidents: [],
          },
          shown: [told],
        };`,
      },
    ],
    caughtBy: {
      spec: STRANGE_ANSWERS,
      test: 'comes by a forged webhook: what the provider does not show is not believed (row 65)',
    },
  },
  {
    number: 14,
    name: 'bulk-matched-by-position',
    breaks: 'The items of a bulk operation come back in the order they were sent in.',
    patches: [
      {
        file: 'libs/bulk-charges/src/provider-operation.ts',
        find: 'matched: sent.flatMap((item) => {',
        replace: 'matched: sent.flatMap((item, index) => {',
      },
      {
        file: 'libs/bulk-charges/src/provider-operation.ts',
        find: 'const reading = byKey.get(item.providerKey);',
        replace: 'const reading = readings[index];',
      },
    ],
    caughtBy: {
      spec: BULK_FAULTS,
      test: 'that comes back in another order is matched by key, never by position (row 59)',
    },
  },
  {
    number: 15,
    name: 'retry-without-asking',
    breaks:
      'A declined attempt is over: before the next one nobody asks whether it was paid after all.',
    patches: [
      {
        file: CHANNEL,
        find: 'loaded.earlier && mayStillCall()',
        replace: 'loaded.earlier && attempt.number === 1 && mayStillCall()',
      },
    ],
    caughtBy: {
      spec: LATE_PAYMENTS,
      test: 'before its retry is taken, and the retry never goes out (row 52)',
    },
  },
  {
    number: 17,
    name: 'amount-not-compared',
    breaks: 'A payment under our reference is ours, whatever its amount.',
    patches: [
      {
        file: LOOK,
        find: `payment.amount.amountMinor === expected.charge.amountMinor &&
  payment.capturedMinor === expected.charge.amountMinor &&`,
        replace: '',
      },
      {
        file: 'libs/charges/src/settlement.ts',
        find: 'if (captured.amountMinor !== charge.amountMinor || captured.currency !== charge.currency)',
        replace: 'if (captured.currency !== charge.currency)',
      },
    ],
    caughtBy: {
      spec: STRANGE_ANSWERS,
      test: 'names another amount: a person is asked, and nothing counts as paid (row 44)',
    },
  },
];
