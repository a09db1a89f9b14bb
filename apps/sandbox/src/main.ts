import { createSandbox } from './sandbox.js';

/** Beside the API's 3000 and far from what usually runs on a developer's machine. */
const DEFAULT_PORT = 4010;

const readPort = (text: string | undefined): number => {
  const port = text === undefined || text === '' ? DEFAULT_PORT : Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    process.stderr.write(`SANDBOX_PORT: expected a port from 0 to 65535, found ${text}\n`);
    process.exit(1);
  }
  return port;
};

const port = readPort(process.env['SANDBOX_PORT']);
const host = process.env['SANDBOX_HOST'] ?? '127.0.0.1';
const sandbox = await createSandbox({
  ...(process.env['DATA_DIR'] && { dataDir: process.env['DATA_DIR'] }),
  ...(process.env['LEDGER_FILE'] && { ledgerFile: process.env['LEDGER_FILE'] }),
  ...(process.env['SANDBOX_LOOPBACK'] && { loopbackHost: process.env['SANDBOX_LOOPBACK'] }),
  ...(process.env['SANDBOX_URL'] && { publicUrl: process.env['SANDBOX_URL'] }),
});

try {
  const address = await sandbox.listen({ port, host });
  process.stdout.write(`Sandbox: ${address} (PortOne at /portone, Nexi at /nexi)\n`);
} catch (error) {
  process.stderr.write(`Sandbox: cannot listen on ${host}:${port}: ${String(error)}\n`);
  process.exit(1);
}

let isStopping = false;
const stop = (): void => {
  if (isStopping) return;
  isStopping = true;
  void sandbox.close().then(() => process.exit(0));
};
// Started by a launcher, it ends with it.
if (process.connected) process.once('disconnect', stop);
process.on('SIGHUP', stop);
process.on('SIGINT', stop);
process.on('SIGTERM', stop);
