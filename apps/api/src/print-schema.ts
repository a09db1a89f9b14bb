import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { printedSchema } from './schema.js';

// `npm run schema`: run from the repository's root, where the committed schema lies.
await writeFile('schema.graphql', await printedSchema());
