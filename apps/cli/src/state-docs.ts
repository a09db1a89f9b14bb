import { writeFile } from 'node:fs/promises';
import { renderStateMachines } from './state-machines.js';

/** Rewrites `docs/state-machines.md`: `npm run state-docs`. */
await writeFile('docs/state-machines.md', renderStateMachines());
