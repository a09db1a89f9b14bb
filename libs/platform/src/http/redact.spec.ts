import { redact, redactMessage } from './index.js';

const fields = new Set(['code', 'message', 'response', 'status', 'errors', 'list']);

describe('what is kept of an answer', () => {
  it('holds the named fields at any depth and nothing else', () => {
    const body = {
      code: 0,
      access_token: 'secret',
      response: { status: 'paid', buyer_name: 'Kim', list: [{ status: 'failed', token: 't' }] },
    };
    expect(redact(body, { fields })).toEqual({
      code: 0,
      response: { status: 'paid', list: [{ status: 'failed' }] },
    });
  });

  it('keeps the keys of a map whose keys are free', () => {
    const body = { errors: { 'order.items[0].name': ['too long'] } };
    expect(redact(body, { fields, freeKeys: new Set(['errors']) })).toEqual(body);
  });

  it.each(['4092023012341234', '4092-0230-1234-1234', '4092 0230 1234 1234', '378282246310005'])(
    'holds no card number, as %s in a message',
    (number) => {
      const kept = redact({ message: `[F113] 카드번호 ${number} 오류` }, { fields });
      expect(kept).toEqual({ message: '[F113] 카드번호 [card number] 오류' });
    },
  );

  it('leaves ids alone', () => {
    const text = 'payment id: 4cfe36094bc548fa961ab9a93754138b, imps_123456789012, 20260131';
    expect(redactMessage(text)).toBe(text);
  });

  it('is bounded in depth, in entries and in length', () => {
    let deep: unknown = 'end';
    for (let level = 0; level < 50; level += 1) deep = { response: deep };
    expect(JSON.stringify(redact(deep, { fields })).length).toBeLessThan(200);
    const wide = redact({ list: Array(1000).fill('x') }, { fields }) as { list: unknown[] };
    expect(wide.list).toHaveLength(25);
    expect(redactMessage('가'.repeat(10_000))).toHaveLength(501);
  });
});
