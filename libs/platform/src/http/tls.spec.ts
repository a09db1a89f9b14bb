import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createHttpSender, type HttpSenderOptions } from './index.js';

/** Made for this test, known to nobody, good for the name localhost only. */
const KEY = [
  '-----BEGIN PRIVATE KEY-----',
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggubXF92DLmyD6QYL',
  '5oxAPVOlrp9A1IYOGn+scMivNx6hRANCAAQMUV8ZkNM1XZudrpLoUdbMQ7avNlvc',
  'TU1RrXkCb568BIk7ueoiPl7VkP/XBSPrSYaoaAoORYCAPfWoZxCcz7F0',
  '-----END PRIVATE KEY-----',
].join('\n');
const CERTIFICATE = [
  '-----BEGIN CERTIFICATE-----',
  'MIIBlTCCATugAwIBAgIUCbi9ufH3VFGLdma6T2ffTWFIzQkwCgYIKoZIzj0EAwIw',
  'FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjAxMzE1NVoYDzIxMjYxMDI5',
  'MDEzMTU1WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO',
  'PQMBBwNCAAQMUV8ZkNM1XZudrpLoUdbMQ7avNlvcTU1RrXkCb568BIk7ueoiPl7V',
  'kP/XBSPrSYaoaAoORYCAPfWoZxCcz7F0o2kwZzAdBgNVHQ4EFgQUmkPRuxZCv2Jh',
  'VBb0xkn03tPN9sowHwYDVR0jBBgwFoAUmkPRuxZCv2JhVBb0xkn03tPN9sowDwYD',
  'VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID',
  'SAAwRQIgdhJCERiGcHyk7brNAKp/2/Bb238u+f1Zm+fJUa7yLw4CIQD2nLcuvyqB',
  'Y3XUYeQUK1gVEibGBGw2hdCBo2lsZLq/8g==',
  '-----END CERTIFICATE-----',
].join('\n');

describe('the HTTP client over TLS', () => {
  let requests = 0;
  const server = createServer({ key: KEY, cert: CERTIFICATE }, (_request, response) => {
    requests += 1;
    response.end('{}');
  });
  beforeAll(() => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)));
  afterAll(() => new Promise((done) => server.close(done)));
  afterEach(() => {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
  });

  const post = async (host: string, options: Partial<HttpSenderOptions> = {}) => {
    requests = 0;
    const http = createHttpSender(options);
    const { port } = server.address() as AddressInfo;
    const answer = await http.send({ method: 'POST', url: `https://${host}:${port}/`, body: '{}' });
    await http.close();
    return { kind: answer.kind, requests };
  };

  it('speaks to a server whose certificate it trusts', async () => {
    const answer = await post('localhost', { certificateAuthority: CERTIFICATE });
    expect(answer).toEqual({ kind: 'ANSWERED', requests: 1 });
  });

  it('sends nothing to one it does not trust, whatever the environment says (row 34)', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    expect(await post('localhost')).toEqual({ kind: 'NOT_SENT', requests: 0 });
  });

  it('sends nothing to a trusted certificate under another name', async () => {
    const answer = await post('127.0.0.1', { certificateAuthority: CERTIFICATE });
    expect(answer).toEqual({ kind: 'NOT_SENT', requests: 0 });
  });
});
