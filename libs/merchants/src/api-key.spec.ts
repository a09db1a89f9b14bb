import { newId } from '#kernel';
import { formatApiKey, newApiKey, parseApiKey } from './api-key.js';
import { isScope, SCOPES } from './scope.js';

describe('an API key', () => {
  const parts = newApiKey(newId());
  const text = formatApiKey(parts);

  it('carries its merchant’s id, its own id and its secret', () => {
    expect(text).toMatch(/^rfk_[0-9a-z]{52}_[0-9a-z]{56}$/);
    expect(parseApiKey(text)).toEqual(parts);
  });

  it('is found mistyped without a look-up, whichever character is wrong', () => {
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'x' ? 'y' : 'x';
      expect(parseApiKey(text.slice(0, at) + other + text.slice(at + 1))).toBeUndefined();
    }
  });

  it('is found mistyped when two neighbours changed places', () => {
    for (let at = 4; at < text.length - 1; at += 1) {
      if (text[at] === text[at + 1]) continue;
      const swapped = text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2);
      expect(parseApiKey(swapped)).toBeUndefined();
    }
  });

  it.each(['', 'rfk_', text.slice(0, -1), `${text}a`, text.toUpperCase(), ` ${text}`, `${text}\n`])(
    'is not %j',
    (garbled) => {
      expect(parseApiKey(garbled)).toBeUndefined();
    },
  );

  it('never comes out the same twice', () => {
    expect(newApiKey(parts.merchantId).secret).not.toBe(newApiKey(parts.merchantId).secret);
  });
});

describe('scopes', () => {
  it('are a fixed list of nouns, each read or written', () => {
    for (const scope of SCOPES) expect(scope).toMatch(/^[a-z-]+:(read|write)$/);
    expect(isScope('charges:read')).toBe(true);
    expect(isScope('everything')).toBe(false);
  });
});
