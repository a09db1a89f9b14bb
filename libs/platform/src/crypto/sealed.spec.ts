import { parseEncryptionKeys } from '#platform/config';
import { DataKey, KeyRing, SealBroken, sealedWith } from './index.js';

const place = { table: 'provider_accounts', row: 'row-1', column: 'credentials' };
const ringOf = (...ids: string[]) =>
  new KeyRing(
    parseEncryptionKeys(
      ids.map((id) => `${id}:${Buffer.alloc(32, id).toString('base64')}`).join(','),
    )!,
  );

describe('a data key', () => {
  const key = DataKey.generate('d1');

  it('opens what it sealed, in its own place', () => {
    const sealed = key.seal('imp_secret ✓', place);
    expect(key.open(sealed, place)).toBe('imp_secret ✓');
    expect(sealed).not.toContain('imp_secret');
    expect(sealedWith(sealed)).toBe('d1');
  });

  it.each([
    ['row', { ...place, row: 'row-2' }],
    ['column', { ...place, column: 'webhook_secret' }],
    ['table', { ...place, table: 'merchants' }],
  ])('does not open ciphertext that was moved to another %s', (_, elsewhere) => {
    const sealed = key.seal('secret', place);
    expect(() => key.open(sealed, elsewhere)).toThrow(SealBroken);
  });

  it('tells places apart whose joined names are the same', () => {
    const sealed = key.seal('secret', { table: 'a', row: 'b', column: 'c' });
    expect(() => key.open(sealed, { table: 'a","b', row: '', column: 'c' })).toThrow(SealBroken);
  });

  it('does not open what another merchant’s key sealed', () => {
    const sealed = DataKey.generate('d1').seal('secret', place);
    expect(() => key.open(sealed, place)).toThrow(SealBroken);
  });

  it('does not open changed text, wherever it was changed', () => {
    const sealed = key.seal('secret', place);
    const start = 's1:d1:'.length;
    for (let at = start; at < sealed.length - 1; at += 1) {
      const other = sealed[at] === 'A' ? 'B' : 'A';
      const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
      expect(() => key.open(changed, place)).toThrow(SealBroken);
    }
    for (const broken of ['', 's1:d1:', 's1:d1:AAAA', 's2:d1:AAAA', 'plain text'])
      expect(() => key.open(broken, place)).toThrow(SealBroken);
  });

  it('never uses a nonce twice', () => {
    const nonces = new Set<string>();
    for (let n = 0; n < 20_000; n += 1) nonces.add(key.seal('', place).slice(6, 22));
    expect(nonces.size).toBe(20_000);
  });
});

describe('a key ring', () => {
  it('wraps with its first key and unwraps with each (row 95)', () => {
    const before = ringOf('k1');
    const rotated = ringOf('k2', 'k1');
    const dataKey = DataKey.generate('d1');
    const sealed = dataKey.seal('secret', place);

    const wrapped = before.wrap(dataKey, 'merchant-a');
    expect(rotated.isCurrent(wrapped)).toBe(false);
    const unwrapped = rotated.unwrap(wrapped, 'merchant-a', 'd1');
    expect(unwrapped.open(sealed, place)).toBe('secret');

    const rewrapped = rotated.wrap(unwrapped, 'merchant-a');
    expect(rotated.isCurrent(rewrapped)).toBe(true);
    expect(ringOf('k2').unwrap(rewrapped, 'merchant-a', 'd1').open(sealed, place)).toBe('secret');
  });

  it('names the key it lacks (row 95)', () => {
    const wrapped = ringOf('k1').wrap(DataKey.generate('d1'), 'merchant-a');
    expect(() => ringOf('k2').unwrap(wrapped, 'merchant-a', 'd1')).toThrow(/k1/);
  });

  it('does not unwrap one merchant’s key for another', () => {
    const ring = ringOf('k1');
    const wrapped = ring.wrap(DataKey.generate('d1'), 'merchant-a');
    expect(() => ring.unwrap(wrapped, 'merchant-b', 'd1')).toThrow(SealBroken);
    expect(() => ring.unwrap(wrapped, 'merchant-a', 'd2')).toThrow(SealBroken);
  });

  it('refuses to be empty', () => {
    expect(() => new KeyRing([])).toThrow(RangeError);
  });
});
