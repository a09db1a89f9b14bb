import pLimit from 'p-limit';
import { done, type BillingKey } from '#client';
import { awaitThat, cardFor, DemoFailure, type World } from './world.js';

/** The keys a run works with. */
export interface Wallet {
  readonly issued: BillingKey;
  readonly attached: BillingKey;
  /** Declines softly, until its card is replaced. */
  readonly poor: BillingKey;
  /** Declines for ever. */
  readonly stolen: BillingKey;
  /** Registered by a person on the provider's page. */
  readonly hosted: readonly BillingKey[];
}

/** Bounded: each is a call to us and one of ours to the provider. */
const AT_ONCE = 24;
const HOSTED_CARDS = 3;

const issue = async (world: World, customerRef: string, number: string): Promise<BillingKey> => {
  const { client, portone, run } = world;
  const outcome = await client.issueBillingKey({
    providerAccountId: portone.id,
    customerRef: `${run}-${customerRef}`,
    card: {
      number,
      expiryYear: '2031',
      expiryMonth: '12',
      birthOrBusinessNumber: '900101',
      passwordTwoDigits: '00',
    },
    idempotencyKey: `${run}-${customerRef}`,
  });
  return done(outcome).billingKey;
};

/** As a card holder does it: the page is opened, the card typed, and the key comes home. */
const registerHosted = async (world: World, number: number): Promise<BillingKey> => {
  const { client, nexi, run, sandbox } = world;
  const customerRef = `${run}-hosted-${number}`;
  const { registration } = done(
    await client.startCardRegistration({
      providerAccountId: nexi.id,
      customerRef,
      returnUrl: 'https://merchant.example/cards',
      currency: 'EUR',
      idempotencyKey: customerRef,
    }),
  );
  if (!registration.paymentUrl) throw new DemoFailure(`${registration.id} has no page to open`);
  await sandbox.completeCheckout(registration.paymentUrl, cardFor(world, 'NEXI', 'APPROVED'));
  const billingKeyId = await awaitThat(`${customerRef} to be registered`, async () => {
    const found = await client.cardRegistration(registration.id);
    if (found && ['FAILED', 'EXPIRED'].includes(found.status))
      throw new DemoFailure(`${customerRef}: the registration is ${found.status}`);
    return found?.billingKey?.id;
  });
  const key = await client.billingKey(billingKeyId);
  if (!key) throw new DemoFailure(`expected the key of ${customerRef}`);
  return key;
};

/** Takes over keys that exist at a provider. */
export const attachKeys = async (
  world: World,
  request: {
    readonly provider: 'PORTONE' | 'NEXI';
    readonly customers: string;
    readonly providerKeys: readonly string[];
  },
  report: (count: number) => void,
): Promise<BillingKey[]> => {
  const limit = pLimit(AT_ONCE);
  const { id: providerAccountId } = request.provider === 'NEXI' ? world.nexi : world.portone;
  let attached = 0;
  const attach = async (providerKey: string, index: number) => {
    const customerRef = `${world.run}-${request.customers}-${index}`;
    const input = { providerAccountId, customerRef, providerKey };
    const { billingKey } = done(await world.client.attachBillingKey(input));
    attached += 1;
    report(attached);
    return billingKey;
  };
  return Promise.all(request.providerKeys.map((key, index) => limit(attach, key, index)));
};

/** Each way a card becomes a billing key. */
export const registerCards = (world: World): Promise<Wallet> =>
  world.progress.run('Registering cards', 4 + HOSTED_CARDS, async (report) => {
    let count = 0;
    const counted = async <T>(work: Promise<T>): Promise<T> => {
      const result = await work;
      count += 1;
      report(count);
      return result;
    };
    const issued = await counted(issue(world, 'issued', cardFor(world, 'PORTONE', 'APPROVED')));
    const poor = await counted(
      issue(world, 'poor', cardFor(world, 'PORTONE', 'INSUFFICIENT_FUNDS')),
    );
    const stolen = await counted(
      issue(world, 'stolen', cardFor(world, 'PORTONE', 'LOST_OR_STOLEN')),
    );
    const providerKeys = await world.sandbox.agreements(
      'PORTONE',
      1,
      cardFor(world, 'PORTONE', 'APPROVED'),
    );
    const request = { provider: 'PORTONE', customers: 'attached', providerKeys } as const;
    const [attached] = await counted(attachKeys(world, request, () => undefined));
    if (!attached) throw new DemoFailure('expected a key from the sandbox');
    const numbers = Array.from({ length: HOSTED_CARDS }, (_, index) => index + 1);
    const hosted = await Promise.all(
      numbers.map((number) => counted(registerHosted(world, number))),
    );
    return { issued, attached, poor, stolen, hosted };
  });
