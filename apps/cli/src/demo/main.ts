import { fileURLToPath } from 'node:url';
import { runDemo } from './run-demo.js';

const exitCode = await runDemo({
  argv: process.argv.slice(2),
  env: process.env,
  // dist/apps/cli/src/demo/main.js
  launcher: fileURLToPath(new URL('../start/main.js', import.meta.url)),
});
// A step that failed leaves others waiting for what will not come.
process.exit(exitCode);
