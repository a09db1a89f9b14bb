import type { INestApplicationContext } from '@nestjs/common';
import { CardRegistrationResolver } from '#billing-keys';
import { DueChargeDispatcher } from '#charges';
import { toPublicId } from '#kernel';
import { ProviderAccounts } from '#merchants';
import { WebhookApplier } from '#webhooks';
import { startAgents } from '../support/agents.js';
import { startHouse, type House } from '../support/house.js';

const EVENTS = `query ($filter: WebhookEventFilter) { webhookEvents(filter: $filter, first: 100) {
  nodes { id event status note body chargeId providerReference providerPaymentId } } }`;
const CHARGE = `query ($orderId: String!) { charge(orderId: $orderId) {
  id status attempts { providerReference outcome } timeline { to } } }`;
const CREATE = `mutation ($input: CreateChargeInput!) {
  createCharge(input: $input) { charge { id } userErrors { code message } } }`;
const ATTACH = `mutation ($input: AttachBillingKeyInput!) {
  attachBillingKey(input: $input) { billingKey { id } userErrors { code message } } }`;
const REPLAY = `mutation ($input: ReplayWebhookEventInput!) {
  replayWebhookEvent(input: $input) { webhookEvent { id status } userErrors { code field } } }`;

interface Event {
  id: string;
  event: string;
  status: string;
  note: string | null;
  body: string;
  chargeId: string | null;
  providerReference: string | null;
}
interface ChargeView {
  id: string;
  status: string;
  attempts: { providerReference: string; outcome: string }[];
  timeline: { to: string }[];
}
type Provider = 'PORTONE' | 'NEXI';

describe('the inbox', () => {
  let house: House;
  let agents: INestApplicationContext;
  const urls: Record<Provider, string> = { PORTONE: '', NEXI: '' };
  const cards: Record<Provider, string> = { PORTONE: '', NEXI: '' };
  let nexiSecret: string;

  beforeAll(async () => {
    house = await startHouse();
    agents = await startAgents(house.platform);
    const accounts = agents.get(ProviderAccounts, { strict: false });
    const access = (id: string) => accounts.access(house.merchant.id, id);
    urls.PORTONE = (await access(house.portone.id)).notificationUrl;
    const nexi = await access(house.nexi.id);
    urls.NEXI = nexi.notificationUrl;
    nexiSecret = nexi.webhookSecret;
    const listed = (await (await house.control('cards')).json()) as {
      provider: Provider;
      number: string;
      outcome: string;
    }[];
    for (const { provider, number, outcome } of listed.toReversed())
      if (outcome === 'APPROVED') cards[provider] = number;
  });
  afterAll(async () => {
    await agents.close();
    await house.close();
  });

  const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const events = async (filter: object = {}): Promise<Event[]> =>
    (await house.graphql<{ webhookEvents: { nodes: Event[] } }>(EVENTS, { filter })).webhookEvents
      .nodes;
  const about = async (reference: string): Promise<Event[]> =>
    (await events()).filter(({ providerReference }) => providerReference === reference);
  const charge = async (orderId: string): Promise<ChargeView> =>
    (await house.graphql<{ charge: ChargeView }>(CHARGE, { orderId })).charge;
  const applyAll = async (): Promise<void> => {
    const applier = agents.get(WebhookApplier);
    await servingAll(() => applier.runOnce());
  };
  /** An agenda that is not idle gives itself back: the bound says so instead of turning for ever. */
  const servingAll = async (serve: () => Promise<boolean>): Promise<void> => {
    for (let served = 0; await serve(); served += 1)
      if (served > 200) throw new Error('expected the loop to become idle');
  };
  const dispatch = () => agents.get(DueChargeDispatcher, { strict: false }).runOnce();
  const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
    for (let i = 0; i < 100; i += 1) {
      const found = await look();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('waited in vain');
  };
  const calm = () => fetch(`${house.sandbox.url}/control/faults`, { method: 'DELETE' });

  /** A charge that was executed at the provider, whose answer was lost on the way. */
  const unknownCharge = async (provider: Provider, orderId: string): Promise<ChargeView> => {
    const body = { provider, count: 1, cardNumber: cards[provider] };
    const { ids } = (await (await house.control('agreements', body)).json()) as { ids: string[] };
    const account = provider === 'NEXI' ? house.nexi : house.portone;
    const { attachBillingKey } = await house.graphql<{
      attachBillingKey: { billingKey: { id: string } };
    }>(ATTACH, {
      input: {
        providerAccountId: toPublicId('providerAccount', account.id),
        ...{ customerRef: orderId, providerKey: ids[0] },
      },
    });
    const amount = { amount: 1_000, currency: provider === 'NEXI' ? 'EUR' : 'KRW' };
    await house.graphql(CREATE, {
      input: {
        billingKeyId: attachBillingKey.billingKey.id,
        order: { orderId, name: 'A month of coffee', amount },
      },
    });
    await house.control('faults', {
      match: { provider, method: 'POST', path: provider === 'NEXI' ? '*charges' : '*again' },
      fate: 'response-lost',
    });
    await servingAll(dispatch);
    await calm();
    const unclear = await charge(orderId);
    expect(unclear.status).toBe('UNKNOWN');
    return unclear;
  };

  describe('stores', () => {
    it('JSON and forms alike, and answers a bare 200', async () => {
      const told = { imp_uid: 'imp_1', merchant_uid: 'forms-and-json', status: 'paid' };
      const json = await post(urls.PORTONE, told);
      const form = await post(urls.PORTONE, new URLSearchParams(told).toString(), {
        'content-type': 'application/x-www-form-urlencoded',
      });
      expect([json.status, form.status]).toEqual([200, 200]);
      expect([await json.text(), await form.text()]).toEqual(['', '']);
      const [first, second] = await about('forms-and-json');
      expect(first).toMatchObject({ event: 'paid', status: 'RECEIVED' });
      expect({ ...second, id: '' }).toEqual({ ...first, id: '' });
    });

    it("nothing without Nexi's secret, nor at an address that is nobody's", async () => {
      const before = (await events()).length;
      const body = { id: 'a'.repeat(32), event: 'payment.created', data: {} };
      expect((await post(urls.NEXI, body)).status).toBe(401);
      expect((await post(urls.NEXI, body, { authorization: 'nearly' })).status).toBe(401);
      const last = urls.PORTONE.at(-1);
      const guessed = urls.PORTONE.replace(/.$/, last === 'a' ? 'b' : 'a');
      expect((await post(guessed, {})).status).toBe(404);
      expect((await post(urls.PORTONE.replace('portone', 'nexi'), {})).status).toBe(404);
      expect(await events()).toHaveLength(before);
    });

    it('no person and no card, nor more than 64 KiB', async () => {
      const body = {
        ...{ id: 'b'.repeat(32), event: 'payment.checkout.completed' },
        data: {
          paymentId: 'c'.repeat(32),
          consumer: { firstName: 'Astrid', email: 'astrid@example.com' },
          cardDetails: { truncatedPan: '492500******0004' },
        },
      };
      const headers = { authorization: nexiSecret };
      expect((await post(urls.NEXI, body, headers)).status).toBe(200);
      const stored = (await events()).find(({ event }) => event === body.event);
      expect(JSON.parse(stored!.body)).toEqual({ ...body, data: { paymentId: 'c'.repeat(32) } });
      const tooLarge = { status: 'x'.repeat(70_000) };
      expect((await post(urls.PORTONE, tooLarge)).status).toBe(413);
    });

    it('whatever bytes a stranger sends', async () => {
      const odd = JSON.stringify({ imp_uid: 'imp\0x', merchant_uid: '\ud800', status: [1] });
      expect((await post(urls.PORTONE, odd)).status).toBe(200);
      expect((await post(urls.PORTONE, '"text"')).status).toBe(200);
      expect((await post(urls.PORTONE, 'null')).status).toBeLessThan(500);
      expect((await post(urls.PORTONE, '{')).status).toBe(400);
    });
  });

  describe('applies', () => {
    it.each(['PORTONE', 'NEXI'] as const)(
      'the webhook that %s sends of a payment whose answer was lost: by asking',
      async (provider) => {
        const orderId = `lost-${provider}`;
        const unclear = await unknownCharge(provider, orderId);
        const reference = unclear.attempts[0]!.providerReference;
        await until(async () =>
          (await about(reference)).some(({ event }) => /paid|charge.created/.test(event))
            ? true
            : undefined,
        );
        await applyAll();
        const settled = await charge(orderId);
        expect(settled.status).toBe('SUCCEEDED');
        const captured = (await about(reference)).find(({ event }) =>
          /paid|charge.created/.test(event),
        );
        expect(captured).toMatchObject({ status: 'APPLIED', chargeId: settled.id });
      },
    );

    it('fifty deliveries of one event once, and asks at most twice', async () => {
      const unclear = await unknownCharge('PORTONE', 'fifty');
      const reference = unclear.attempts[0]!.providerReference;
      const told = { imp_uid: 'imp_x', merchant_uid: reference, status: 'paid' };
      const paths = async () =>
        ((await (await house.control('requests?method=GET')).json()) as { path: string }[]).filter(
          ({ path }) => path.includes(reference),
        ).length;
      const before = await paths();
      const answers = await Promise.all(Array.from({ length: 50 }, () => post(urls.PORTONE, told)));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      await Promise.all([applyAll(), applyAll(), applyAll()]);
      await applyAll();
      const settled = await charge('fifty');
      expect(settled.timeline.filter(({ to }) => to === 'SUCCEEDED')).toHaveLength(1);
      expect((await paths()) - before).toBeLessThanOrEqual(2);
      expect((await about(reference)).every(({ status }) => status === 'APPLIED')).toBe(true);
    });

    it('no forged word: what the provider does not show changes nothing', async () => {
      const body = { provider: 'PORTONE', count: 1, cardNumber: cards.PORTONE };
      await house.control('agreements', body);
      const told = { imp_uid: 'imp_forged', merchant_uid: 'f'.repeat(32), status: 'paid' };
      await post(urls.PORTONE, told);
      await applyAll();
      const [forged] = await about('f'.repeat(32));
      expect(forged).toMatchObject({ status: 'RECEIVED', chargeId: null });
    });

    it('what it finds nothing of for a day to nobody: an orphan', async () => {
      const reference = 'e'.repeat(32);
      await post(urls.PORTONE, { imp_uid: 'imp_e', merchant_uid: reference, status: 'paid' });
      await applyAll();
      expect(await about(reference)).toMatchObject([{ status: 'RECEIVED' }]);
      await house.platform.database.withMerchant(house.merchant.id, async (tx) => {
        await tx.query(
          `UPDATE webhook_events SET received_at = received_at - interval '1 day',
             next_apply_at = $2 WHERE merchant_id = $1 AND reference = $3`,
          [house.merchant.id, tx.now, reference],
        );
        await tx.query(`UPDATE account_agendas SET next_due_at = $1 WHERE lane = 'APPLY'`, [
          tx.now,
        ]);
      });
      await applyAll();
      expect(await about(reference)).toMatchObject([{ status: 'ORPHANED' }]);
    });

    it('the end of a card registration: the key is ACTIVE without any look of ours', async () => {
      const { startCardRegistration } = await house.graphql<{
        startCardRegistration: { registration: { id: string; paymentUrl: string } };
      }>(
        `mutation ($input: StartCardRegistrationInput!) {
          startCardRegistration(input: $input) { registration { id paymentUrl } } }`,
        {
          input: {
            providerAccountId: toPublicId('providerAccount', house.nexi.id),
            ...{ customerRef: 'by webhook', currency: 'EUR' },
            returnUrl: 'https://shop.example/done',
          },
        },
      );
      const { id, paymentUrl } = startCardRegistration.registration;
      const paymentId = new URL(paymentUrl).searchParams.get('pid')!;
      await house.control(`checkouts/${paymentId}/complete`, { cardNumber: cards.NEXI });
      const status = await until(async () => {
        await applyAll();
        const { cardRegistration } = await house.graphql<{
          cardRegistration: { status: string; billingKey: { status: string } | null };
        }>(`query ($id: ID!) { cardRegistration(id: $id) { status billingKey { status } } }`, {
          id,
        });
        return cardRegistration.status === 'PENDING' ? undefined : cardRegistration;
      });
      expect(status).toEqual({ status: 'COMPLETED', billingKey: { status: 'ACTIVE' } });
      expect(await agents.get(CardRegistrationResolver, { strict: false }).runOnce()).toBe(false);
    });
  });

  it('applies an event again when a person asks for it', async () => {
    const [applied] = await events({ statuses: ['APPLIED'] });
    const { replayWebhookEvent } = await house.graphql<{
      replayWebhookEvent: { webhookEvent: { status: string } };
    }>(REPLAY, { input: { id: applied!.id } });
    expect(replayWebhookEvent.webhookEvent.status).toBe('RECEIVED');
    await applyAll();
    const again = (await events()).find(({ id }) => id === applied!.id);
    expect(again).toMatchObject({ status: 'APPLIED' });
  });
});
