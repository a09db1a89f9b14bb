import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatChildLine } from './child-lines.js';
import { runLauncher } from './run-launcher.js';

const isColored = process.stdout.isTTY && !process.env['NO_COLOR'];

process.exitCode = await runLauncher({
  env: process.env,
  // dist/apps/cli/src/start/main.js
  root: resolve(dirname(fileURLToPath(import.meta.url)), '../../../..'),
  say: (text) => void process.stdout.write(`${text}\n`),
  onLine: (name, line) => void process.stdout.write(`${formatChildLine(name, line, isColored)}\n`),
});
