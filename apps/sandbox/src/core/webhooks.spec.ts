import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSandbox } from '../sandbox.js';

it('sends what is meant for a loopback address to the host that stands for it', async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sandbox = await createSandbox({ loopbackHost: '127.0.0.1' });
  // Nobody listens there: 127.0.0.9 is as much a loopback address as any.
  const payload = { url: `http://127.0.0.9:${port}/hook`, body: { event: 'x' } };
  await sandbox.app.inject({ method: 'POST', url: '/control/webhooks', payload });
  await sandbox.core.webhooks.settled(5000);
  expect(sandbox.core.webhooks.list()).toMatchObject([{ url: payload.url, status: 200 }]);
  await sandbox.close();
  await new Promise((resolve) => server.close(resolve));
});
