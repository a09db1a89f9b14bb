import { toPublicId } from '#kernel';
import { startHouse, type House } from '../support/house.js';
import { errorsOf, Shop, type UserError } from '../support/shop.js';

const POLICY = `id name version timeZone atEnd soft { afterSeconds day timeOfDay }
  transient { afterSeconds } configuration { afterSeconds }`;

interface ShownPolicy {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}
interface Payload {
  readonly retryPolicy: ShownPolicy | null;
  readonly replayed?: boolean;
  readonly userErrors: readonly UserError[];
}

describe('retry policies', () => {
  let house: House;
  let shop: Shop;

  beforeAll(async () => {
    house = await startHouse();
    shop = await Shop.open(house);
  }, 60_000);
  afterAll(() => house.close());

  const create = (input: object, apiKey?: string) =>
    shop.ask<Payload>('createRetryPolicy', input, apiKey);
  const update = (input: object) => shop.ask<Payload>('updateRetryPolicy', input);
  const list = async (): Promise<ShownPolicy[]> =>
    (await house.graphql<{ retryPolicies: ShownPolicy[] }>(`{ retryPolicies { ${POLICY} } }`))
      .retryPolicies;
  const simulate = async (input: object) => {
    const { simulateRetryPolicy } = await house.graphql<{
      simulateRetryPolicy: {
        retries: { number: number; at: string; reason: string }[];
        atEnd: string;
        endReason: string;
      };
    }>(
      `query ($input: SimulateRetryPolicyInput!) { simulateRetryPolicy(input: $input) {
        retries { number at reason } atEnd endReason } }`,
      { input },
    );
    return simulateRetryPolicy;
  };

  it('begin from a preset, and say what they are', async () => {
    const { retryPolicy, userErrors } = await create({
      ...{ name: 'tea', preset: 'MORNINGS', timeZone: 'Asia/Seoul', atEnd: 'PAUSE_SCHEDULE' },
    });
    expect(userErrors).toEqual([]);
    const [shown] = await list();
    expect(shown).toMatchObject({
      ...{ id: retryPolicy!.id, name: 'tea', version: 1, timeZone: 'Asia/Seoul' },
      atEnd: 'PAUSE_SCHEDULE',
      soft: [1, 3, 5, 7].map((day) => ({ afterSeconds: null, day, timeOfDay: '09:00' })),
    });
    const { node } = await house.graphql<{ node: ShownPolicy }>(
      `query ($id: ID!) { node(id: $id) { ... on RetryPolicy { name version } } }`,
      { id: retryPolicy!.id },
    );
    expect(node).toEqual({ name: 'tea', version: 1 });
  });

  it.each(['', '  ', 'tea\u202e', 'x'.repeat(81)])(
    'have a name to be read, not %j',
    async (name) => {
      const refused = await create({ name });
      expect(refusalsOf(refused)).toEqual(['INVALID_INPUT name']);
    },
  );

  it('are kept by their name: the same call again answers the same, another one a mismatch', async () => {
    const input = { name: 'coffee', soft: [{ afterSeconds: 3_600 }] };
    const first = await create(input);
    expect(first).toMatchObject({ replayed: false, userErrors: [] });
    expect(await create(input)).toMatchObject({ replayed: true, retryPolicy: first.retryPolicy });
    const other = await create({ ...input, soft: [{ afterSeconds: 7_200 }] });
    expect(refusalsOf(other)).toEqual(['IDEMPOTENCY_MISMATCH name']);
  });

  it('have a new version with each change', async () => {
    const { retryPolicy } = await create({ name: 'cocoa', atEnd: 'CANCEL_SCHEDULE' });
    const { id } = retryPolicy!;
    expect(await update({ id, soft: [{ day: 2, timeOfDay: '18:00' }] })).toMatchObject({
      ...{ retryPolicy: { id, name: 'cocoa', version: 2 }, userErrors: [] },
    });
    const shown = (await list()).find((each) => each.id === id);
    expect(shown).toMatchObject({
      ...{ version: 2, atEnd: 'CANCEL_SCHEDULE', soft: [{ day: 2, timeOfDay: '18:00' }] },
    });
    expect(refusalsOf(await update({ id, name: 'tea' }))).toEqual(['INVALID_INPUT name']);
    const nobody = toPublicId('retryPolicy', house.merchant.id);
    expect(refusalsOf(await update({ id: nobody }))).toEqual(['NOT_FOUND id']);
  });

  it.each([
    ['no name', { name: '' }, ['name']],
    ['a zone that does not exist', { timeZone: 'Mars/Olympus' }, ['timeZone']],
    ['a step that is two', { soft: [{ afterSeconds: 60, day: 1 }] }, ['soft', '0']],
    ['a step after nothing', { soft: [{ afterSeconds: 1 }] }, ['soft', '0', 'afterSeconds']],
    ['no end', { soft: [{ day: 61, timeOfDay: '09:00' }] }, ['soft', '0', 'day']],
  ])('are refused with %s', async (_, input, field) => {
    const payload = await create({ name: 'wrong', ...input });
    expect(payload.retryPolicy).toBeNull();
    expect(refusalsOf(payload)).toEqual([`INVALID_INPUT ${field.join('.')}`]);
  });

  it('of another merchant cannot be told from none', async () => {
    const apiKey = await shop.anotherApiKey();
    const { retryPolicy } = await create({ name: 'theirs' }, apiKey);
    expect(refusalsOf(await update({ id: retryPolicy!.id }))).toEqual(['NOT_FOUND id']);
    expect((await list()).map(({ name }) => name)).not.toContain('theirs');
  });

  it('tell the calendar they give, before anybody fails', async () => {
    expect(
      await simulate({
        ...{ preset: 'MORNINGS', timeZone: 'Europe/Oslo', atEnd: 'CANCEL_SCHEDULE' },
        ...{ failureCode: 'INSUFFICIENT_FUNDS', failedAt: '2026-03-27T12:00:00Z' },
        network: 'VISA',
      }),
    ).toEqual({
      retries: [
        // The clocks go forward on the 29th.
        { number: 1, at: '2026-03-28T08:00:00.000Z', reason: 'retry policy: step 1 of 4' },
        { number: 2, at: '2026-03-30T07:00:00.000Z', reason: 'retry policy: step 2 of 4' },
        { number: 3, at: '2026-04-01T07:00:00.000Z', reason: 'retry policy: step 3 of 4' },
        { number: 4, at: '2026-04-03T07:00:00.000Z', reason: 'retry policy: step 4 of 4' },
      ],
      ...{ atEnd: 'CANCEL_SCHEDULE', endReason: 'retry policy: every step is used up' },
    });
    const hard = await simulate({ failureCode: 'LOST_OR_STOLEN' });
    expect(hard).toMatchObject({ retries: [], endReason: expect.stringContaining('never') });
  });

  it('that do not exist or make no sense are not simulated', async () => {
    const retryPolicyId = toPublicId('retryPolicy', house.merchant.id);
    await expect(simulate({ retryPolicyId, failureCode: 'DO_NOT_HONOR' })).rejects.toThrow(
      /retryPolicyId: expected a retry policy of yours/,
    );
    await expect(
      simulate({ failureCode: 'DO_NOT_HONOR', soft: [{ day: 3, timeOfDay: '9' }] }),
    ).rejects.toThrow(/soft\.0\.timeOfDay: expected HH:MM/);
    for (const failedAt of ['9999-12-31T23:59:59Z', '1969-12-31T23:59:59Z'])
      await expect(simulate({ failureCode: 'DO_NOT_HONOR', failedAt })).rejects.toThrow(
        /failedAt: expected a time from 1970 to 9998/,
      );
    const { retries } = await simulate({
      ...{ failureCode: 'DO_NOT_HONOR', failedAt: '9998-12-31T23:59:59Z' },
    });
    expect(retries.at(-1)!.at).toBe('9999-01-11T23:59:59.000Z');
  });
});

const refusalsOf = ({ userErrors }: { readonly userErrors: readonly UserError[] }): string[] =>
  errorsOf(userErrors);
