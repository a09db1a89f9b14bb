import type { INestApplicationContext } from '@nestjs/common';
import { BillingKeys, CardRegistrationResolver } from '#billing-keys';
import { fromPublicId, toPublicId } from '#kernel';
import { ScheduleRegistrar, Schedules } from '#scheduling';
import { startHouse, type House } from '../support/house.js';
import { startAgents } from '../support/agents.js';

const KEY = `id status customerRef providerKey card { maskedNumber brand expiresOn } providerAccount { id }`;
const ERRORS = `userErrors { __typename code field message
  ... on CardRefused { failureCode providerMessage } ... on KeyInUse { schedules charges } }`;
const ATTACH = `mutation ($input: AttachBillingKeyInput!) {
  attachBillingKey(input: $input) { billingKey { ${KEY} } replayed ${ERRORS} } }`;
const ISSUE = `mutation ($input: IssueBillingKeyInput!) {
  issueBillingKey(input: $input) { billingKey { ${KEY} } replayed ${ERRORS} } }`;
const START = `mutation ($input: StartCardRegistrationInput!) {
  startCardRegistration(input: $input) {
    registration { id status paymentUrl billingKey { id } } replayed ${ERRORS} } }`;
const DELETE = `mutation ($input: DeleteBillingKeyInput!) {
  deleteBillingKey(input: $input) { billingKey { id status deletionReason } ${ERRORS} } }`;
const REGISTRATION = `query ($id: ID!) {
  cardRegistration(id: $id) { id status failureReason billingKey { ${KEY} } } }`;

interface UserError {
  __typename: string;
  code: string;
  field: string[] | null;
  message: string;
}
interface KeyPayload {
  billingKey: { id: string; status: string; providerKey: string; customerRef: string } | null;
  replayed: boolean;
  userErrors: UserError[];
}
interface StartPayload {
  registration: { id: string; status: string; paymentUrl: string } | null;
  replayed: boolean;
  userErrors: UserError[];
}

describe('billing keys', () => {
  let house: House;
  let agents: INestApplicationContext;
  let portone: string;
  let nexi: string;
  const cards: Record<'PORTONE' | 'NEXI', string> = { PORTONE: '', NEXI: '' };
  let declinedAtRegistration: string;

  beforeAll(async () => {
    house = await startHouse();
    agents = await startAgents(house.platform);
    portone = toPublicId('providerAccount', house.portone.id);
    nexi = toPublicId('providerAccount', house.nexi.id);
    const listed = (await (await house.control('cards')).json()) as {
      provider: 'PORTONE' | 'NEXI';
      number: string;
      outcome: string;
      at?: string;
    }[];
    for (const card of listed.toReversed())
      if (card.outcome === 'APPROVED' && !card.at) cards[card.provider] = card.number;
    declinedAtRegistration = listed.find(
      ({ provider, at }) => provider === 'PORTONE' && at === 'REGISTRATION',
    )!.number;
  });
  afterAll(async () => {
    await agents.close();
    await house.close();
  });

  const agreement = async (provider: 'PORTONE' | 'NEXI'): Promise<string> => {
    const body = { provider, count: 1, cardNumber: cards[provider] };
    const { ids } = (await (await house.control('agreements', body)).json()) as { ids: string[] };
    return ids[0]!;
  };
  const attach = async (input: object): Promise<KeyPayload> =>
    (await house.graphql<{ attachBillingKey: KeyPayload }>(ATTACH, { input })).attachBillingKey;
  const issue = async (input: object): Promise<KeyPayload> =>
    (await house.graphql<{ issueBillingKey: KeyPayload }>(ISSUE, { input })).issueBillingKey;
  const start = async (input: object): Promise<StartPayload> =>
    (await house.graphql<{ startCardRegistration: StartPayload }>(START, { input }))
      .startCardRegistration;
  const remove = async (input: object): Promise<KeyPayload> =>
    (await house.graphql<{ deleteBillingKey: KeyPayload }>(DELETE, { input })).deleteBillingKey;
  const requests = async (reference: string): Promise<unknown[]> =>
    (await (await house.control(`requests?reference=${reference}`)).json()) as unknown[];
  const cardOf = (number: string) => ({
    number,
    expiryYear: '2031',
    expiryMonth: '07',
    birthOrBusinessNumber: '880211',
    passwordTwoDigits: '12',
  });

  describe('attaching', () => {
    it.each(['PORTONE', 'NEXI'] as const)(
      'takes a key of %s over when the provider knows it, and answers the same one again',
      async (provider) => {
        const providerKey = await agreement(provider);
        const providerAccountId = provider === 'NEXI' ? nexi : portone;
        const input = { providerAccountId, customerRef: `customer-${provider}`, providerKey };
        const first = await attach(input);
        expect(first).toMatchObject({
          billingKey: {
            status: 'ACTIVE',
            customerRef: input.customerRef,
            providerAccount: { id: providerAccountId },
          },
          replayed: false,
          userErrors: [],
        });
        expect(first.billingKey!.id).toMatch(/^bk_/);
        expect(await attach(input)).toEqual({ ...first, replayed: true });
      },
    );

    it('refuses a key that is attached for another customer', async () => {
      const providerKey = await agreement('NEXI');
      await attach({ providerAccountId: nexi, customerRef: 'first', providerKey });
      const second = await attach({ providerAccountId: nexi, customerRef: 'second', providerKey });
      expect(second.billingKey).toBeNull();
      expect(second.userErrors).toMatchObject([{ code: 'KEY_BELONGS_TO_OTHER_CUSTOMER' }]);
    });

    it('makes one key of many calls at once', async () => {
      const providerKey = await agreement('PORTONE');
      const input = { providerAccountId: portone, customerRef: 'at-once', providerKey };
      const all = await Promise.all(Array.from({ length: 8 }, () => attach(input)));
      expect(new Set(all.map(({ billingKey }) => billingKey!.id)).size).toBe(1);
      expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    });

    it('names the field of what is unknown or malformed', async () => {
      const unknown = { providerAccountId: portone, customerRef: 'c', providerKey: 'never-heard' };
      expect((await attach(unknown)).userErrors).toMatchObject([
        { code: 'NOT_FOUND', field: ['providerKey'] },
      ]);
      const elsewhere = { ...unknown, providerAccountId: 'acc_00000000000000000000000000' };
      expect((await attach(elsewhere)).userErrors).toMatchObject([
        { code: 'NOT_FOUND', field: ['providerAccountId'] },
      ]);
      expect((await attach({ ...unknown, customerRef: '' })).userErrors).toMatchObject([
        { code: 'INVALID_INPUT', field: ['customerRef'] },
      ]);
    });

    it('writes nothing when the provider cannot be asked', async () => {
      const providerKey = await agreement('NEXI');
      const input = { providerAccountId: nexi, customerRef: 'unreachable', providerKey };
      const match = { provider: 'NEXI', method: 'GET' };
      await house.control('faults', { match, fate: 'lookup-down', times: 10 });
      expect((await attach(input)).userErrors).toMatchObject([{ code: 'PROVIDER_UNAVAILABLE' }]);
      await fetch(`${house.sandbox.url}/control/faults`, { method: 'DELETE' });
      expect(await attach(input)).toMatchObject({ replayed: false, userErrors: [] });
    });
  });

  describe('issuing', () => {
    it('registers card data under a fresh key, and keeps no trace of the card (row 88)', async () => {
      const input = {
        providerAccountId: portone,
        customerRef: 'issued',
        card: cardOf(cards.PORTONE),
        idempotencyKey: 'issue-1',
      };
      const first = await issue(input);
      expect(first).toMatchObject({ billingKey: { status: 'ACTIVE' }, userErrors: [] });
      expect(await issue(input)).toEqual({ ...first, replayed: true });
      const other = await issue({ ...input, customerRef: 'somebody else' });
      expect(other.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
      const again = await issue({ ...input, idempotencyKey: null });
      expect(again.billingKey!.providerKey).not.toBe(first.billingKey!.providerKey);

      const rows = await house.platform.database.withMerchant(house.merchant.id, (tx) =>
        tx.query<{ row: string }>('SELECT k::text AS row FROM billing_keys k'),
      );
      expect(rows.map(({ row }) => row).join()).not.toContain(cards.PORTONE.replaceAll('-', ''));
    });

    it("tells the provider's own words when the card is refused, and lets the key be tried again", async () => {
      const card = cardOf(declinedAtRegistration);
      const input = { providerAccountId: portone, customerRef: 'refused', idempotencyKey: 'once' };
      const refused = await issue({ ...input, card });
      expect(refused.userErrors).toMatchObject([
        { __typename: 'CardRefused', code: 'CARD_REFUSED', field: ['card'] },
      ]);
      expect(JSON.stringify(refused)).not.toContain(declinedAtRegistration);
      const retried = await issue({ ...input, card: cardOf(cards.PORTONE) });
      expect(retried).toMatchObject({ billingKey: { status: 'ACTIVE' }, replayed: false });
    });

    it('reads the key back when the answer was lost', async () => {
      const match = { provider: 'PORTONE', method: 'POST', path: '/subscribe/customers/*' };
      await house.control('faults', { match, fate: 'response-lost', times: 1 });
      const input = { providerAccountId: portone, customerRef: 'lost' };
      expect(await issue({ ...input, card: cardOf(cards.PORTONE) })).toMatchObject({
        billingKey: { status: 'ACTIVE' },
        userErrors: [],
      });
    });

    it('is not for Nexi, whose page takes the card', async () => {
      const input = { providerAccountId: nexi, customerRef: 'c', card: cardOf(cards.NEXI) };
      expect((await issue(input)).userErrors).toMatchObject([
        {
          code: 'UNSUPPORTED_BY_PROVIDER',
          message: expect.stringContaining('startCardRegistration'),
        },
      ]);
    });

    it('says what a card should look like without repeating it', async () => {
      const card = { ...cardOf('4111-nonsense'), expiryMonth: '13' };
      const { userErrors } = await issue({ providerAccountId: portone, customerRef: 'c', card });
      expect(userErrors).toMatchObject([
        { code: 'INVALID_INPUT', field: ['card', 'number'] },
        { code: 'INVALID_INPUT', field: ['card', 'expiryMonth'] },
      ]);
      expect(JSON.stringify(userErrors)).not.toContain('4111');
    });
  });

  describe("registering on the provider's page", () => {
    const input = (more: object = {}) => ({
      providerAccountId: nexi,
      customerRef: 'hosted',
      returnUrl: 'https://shop.example/cards/done',
      currency: 'EUR',
      ...more,
    });
    const paymentIdOf = (url: string): string => new URL(url).searchParams.get('pid')!;
    const read = async (id: string) =>
      (
        await house.graphql<{
          cardRegistration: { status: string; billingKey: { id: string } | null };
        }>(REGISTRATION, { id })
      ).cardRegistration;

    it('opens a page, and makes the key when a person has typed a card there', async () => {
      const { registration, userErrors } = await start(input());
      expect(userErrors).toEqual([]);
      expect(registration).toMatchObject({ status: 'PENDING', billingKey: null });
      const paymentId = paymentIdOf(registration!.paymentUrl);
      await house.control(`checkouts/${paymentId}/complete`, { cardNumber: cards.NEXI });
      const id = fromPublicId('cardRegistration', registration!.id)!;
      const agenda = { merchantId: house.merchant.id, providerAccountId: house.nexi.id };
      const resolver = agents.get(CardRegistrationResolver);
      await Promise.all([1, 2, 3].map(() => resolver.askAbout(agenda, [id])));
      const done = await read(registration!.id);
      expect(done).toMatchObject({
        status: 'COMPLETED',
        billingKey: { status: 'ACTIVE', customerRef: 'hosted' },
      });
      const keys = await agents.get(BillingKeys).list(house.merchant.id, {
        filter: { customerRef: 'hosted' },
        page: { limit: 10, isBackward: false },
      });
      expect(keys.rows).toHaveLength(1);
      const node = await house.graphql(`{ node(id: "${registration!.id}") { __typename id } }`);
      expect(node).toEqual({ node: { __typename: 'CardRegistration', id: registration!.id } });
    });

    it('answers the same registration to the same call, and opens one page', async () => {
      const keyed = input({ idempotencyKey: 'page-1', customerRef: 'keyed' });
      const first = await start(keyed);
      expect(await start(keyed)).toEqual({ ...first, replayed: true });
      const other = await start({ ...keyed, currency: 'SEK' });
      expect(other.userErrors).toMatchObject([{ code: 'IDEMPOTENCY_MISMATCH' }]);
    });

    it('names the field of what it cannot take', async () => {
      const codes = async (more: object) =>
        (await start(input(more))).userErrors.map(({ code, field }) => `${code} ${field}`);
      expect(await codes({ currency: 'KRW' })).toEqual(['CURRENCY_NOT_SUPPORTED currency']);
      expect(await codes({ returnUrl: 'javascript:alert(1)' })).toEqual([
        'INVALID_INPUT returnUrl',
      ]);
      expect(await codes({ providerAccountId: portone, currency: 'KRW' })).toEqual([
        'UNSUPPORTED_BY_PROVIDER providerAccountId',
      ]);
    });
  });

  describe('deleting', () => {
    it('ends a key at the provider, and answers the same when asked again', async () => {
      const providerKey = await agreement('PORTONE');
      const { billingKey } = await attach({
        ...{ providerAccountId: portone, customerRef: 'leaver', providerKey },
      });
      const deleted = await remove({ id: billingKey!.id, reason: 'left' });
      expect(deleted).toMatchObject({
        billingKey: { id: billingKey!.id, status: 'DELETED', deletionReason: 'left' },
        userErrors: [],
      });
      expect(await remove({ id: billingKey!.id, reason: 'left' })).toEqual(deleted);
      const again = await attach({
        ...{ providerAccountId: portone, customerRef: 'leaver', providerKey },
      });
      expect(again.userErrors).toMatchObject([{ code: 'NOT_FOUND', field: ['providerKey'] }]);
      expect(await requests(providerKey)).not.toEqual([]);
    });

    const keyOf = async (customerRef: string) => {
      const providerKey = await agreement('PORTONE');
      const attached = await attach({ providerAccountId: portone, customerRef, providerKey });
      return { id: attached.billingKey!.id, providerKey };
    };
    const chargeNextYear = (billingKeyId: string, orderId: string) =>
      house.graphql(
        `mutation ($input: CreateChargeInput!) { createCharge(input: $input) { userErrors { code } } }`,
        {
          input: {
            billingKeyId,
            dueAt: new Date(Date.now() + 31_536_000_000),
            order: { orderId, name: 'x', amount: { amount: 500, currency: 'KRW' } },
          },
        },
      );
    const stateOf = async (orderId: string) =>
      (
        await house.graphql<{ charge: { status: string } }>(
          `query ($orderId: String!) { charge(orderId: $orderId) { status } }`,
          { orderId },
        )
      ).charge.status;

    it('counts what lives on the key, and ends it when told to', async () => {
      const { id } = await keyOf('in use');
      await chargeNextYear(id, 'in-use-1');
      await chargeNextYear(id, 'in-use-2');
      const refused = await remove({ id, reason: 'left' });
      expect(refused).toMatchObject({
        billingKey: null,
        userErrors: [{ __typename: 'KeyInUse', code: 'KEY_IN_USE', schedules: 0, charges: 2 }],
      });
      expect(await stateOf('in-use-1')).toBe('SCHEDULED');
      const deleted = await remove({ id, reason: 'left', onLiveWork: 'CANCEL' });
      expect(deleted).toMatchObject({ billingKey: { status: 'DELETED' }, userErrors: [] });
      expect(await stateOf('in-use-1')).toBe('CANCELED');
      expect(await stateOf('in-use-2')).toBe('CANCELED');
    });

    it('takes a registered occurrence back from the provider before the key goes', async () => {
      const { id, providerKey } = await keyOf('scheduled');
      const created = await agents.get(Schedules, { strict: false }).create(house.merchant.id, {
        billingKeyId: fromPublicId('billingKey', id)!,
        order: {
          ...{ orderId: 'monthly', name: 'x', items: [] },
          amount: { amountMinor: 900, currency: 'KRW' },
        },
        recurrence: { every: 1, unit: 'MONTH', timeZone: 'Asia/Seoul' },
        startAt: new Date(Date.now() + 86_400_000),
        ...{ endAt: null, maxOccurrences: null, execution: null, retryPolicyId: null },
        ...{
          ...{ externalId: null, firstAmount: null, catchUp: 'ALL', whenPreviousOpen: 'CHARGE' },
          requestHash: 'x',
        },
      });
      expect(created.kind).toBe('CREATED');
      const registrar = agents.get(ScheduleRegistrar, { strict: false });
      while (await registrar.runOnce());
      expect(await stateOf('monthly-1')).toBe('REGISTERED');
      const refused = await remove({ id, reason: 'left' });
      expect(refused.userErrors).toMatchObject([{ code: 'KEY_IN_USE', schedules: 1 }]);
      const deleted = await remove({ id, reason: 'left', onLiveWork: 'CANCEL' });
      expect(deleted).toMatchObject({ billingKey: { status: 'DELETED' }, userErrors: [] });
      expect(await stateOf('monthly-1')).toBe('CANCELED');
      const sent = (await (await house.control('requests')).json()) as {
        method: string;
        path: string;
      }[];
      const revoked = sent.findLastIndex(({ path }) => path.endsWith('/unschedule'));
      const ended = sent.findLastIndex(
        ({ method, path }) => method === 'DELETE' && path.includes(providerKey),
      );
      expect(revoked).toBeGreaterThan(-1);
      expect(ended).toBeGreaterThan(revoked);
    });

    it('lists keys by customer, newest first, page by page', async () => {
      for (let i = 0; i < 3; i += 1)
        await attach({
          ...{ providerAccountId: nexi, customerRef: 'listed' },
          providerKey: await agreement('NEXI'),
        });
      const LIST = `query ($after: String) { billingKeys(filter: { customerRef: "listed" }, first: 2, after: $after) {
        nodes { id status } pageInfo { hasNextPage endCursor } } }`;
      interface Listed {
        billingKeys: {
          nodes: { id: string }[];
          pageInfo: { hasNextPage: boolean; endCursor: string };
        };
      }
      const { billingKeys: first } = await house.graphql<Listed>(LIST);
      expect(first.nodes).toHaveLength(2);
      expect(first.pageInfo.hasNextPage).toBe(true);
      const after = first.pageInfo.endCursor;
      const { billingKeys: second } = await house.graphql<Listed>(LIST, { after });
      expect(second.nodes).toHaveLength(1);
      expect(second.pageInfo.hasNextPage).toBe(false);
    });
  });
});
