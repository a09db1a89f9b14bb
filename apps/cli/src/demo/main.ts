import { fileURLToPath } from 'node:url';
import { runDemo } from './run-demo.js';

process.exitCode = await runDemo({
  argv: process.argv.slice(2),
  env: process.env,
  // dist/apps/cli/src/demo/main.js
  launcher: fileURLToPath(new URL('../start/main.js', import.meta.url)),
});
