import { checksumOf, isSameSecret, matchesHash, newSecret, sha256 } from './index.js';

describe('secrets', () => {
  it('are 50 lowercase letters and digits, never the same twice', () => {
    const made = new Set(Array.from({ length: 1_000 }, newSecret));
    expect(made.size).toBe(1_000);
    for (const secret of made) expect(secret).toMatch(/^[a-z0-9]{50}$/);
  });

  it('are the same only when every character is', () => {
    expect(isSameSecret('abc', 'abc')).toBe(true);
    for (const other of ['', 'ab', 'abcd', 'abd', 'ABC'])
      expect(isSameSecret(other, 'abc')).toBe(false);
  });

  it('match the hash that is kept of them', () => {
    expect(matchesHash('secret', sha256('secret'))).toBe(true);
    expect(matchesHash('secreT', sha256('secret'))).toBe(false);
    expect(matchesHash('secret', Buffer.alloc(0))).toBe(false);
  });

  it('have a checksum that one wrong character changes', () => {
    expect(checksumOf('text', 6)).toMatch(/^[a-z0-9]{6}$/);
    expect(checksumOf('text', 6)).not.toBe(checksumOf('test', 6));
  });
});
