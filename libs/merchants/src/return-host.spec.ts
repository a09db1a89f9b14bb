import { mayReturnTo } from './return-host.js';

describe('a return address', () => {
  const live = { mode: 'LIVE', returnHosts: ['shop.example', 'shop.example:8443'] } as const;
  const sandbox = { mode: 'SANDBOX', returnHosts: ['*'] } as const;

  it.each(['https://shop.example/cards?done=1', 'https://shop.example:8443/'])('may be %s', (url) =>
    expect(mayReturnTo(live, url)).toBe(true),
  );

  it.each([
    'http://shop.example/',
    'https://shop.example.evil.example/',
    'https://evil.example/shop.example',
    'https://shop.example@evil.example/',
    'https://user@shop.example/',
    'https://shop.example:444/',
    'javascript:alert(1)',
    '//shop.example/',
    '/relative',
    '',
  ])('may not be %j on a live account', (url) => expect(mayReturnTo(live, url)).toBe(false));

  it('may be any web page in the sandbox', () => {
    expect(mayReturnTo(sandbox, 'http://127.0.0.1:8080/back')).toBe(true);
    expect(mayReturnTo(sandbox, 'file:///etc/passwd')).toBe(false);
  });
});
