import { readFile, writeFile } from 'node:fs/promises';
import { renderConfigTable, renderEnvExample } from '#platform/config';

/** Between these two lines of the README stands what the schema says. */
const TABLE = /(<!-- config:begin -->\n)[\s\S]*(<!-- config:end -->)/;

/** Rewrites `.env.example` and the README's configuration table: `npm run config-docs`. */
const writeConfigDocs = async () => {
  await writeFile('.env.example', renderEnvExample());
  const readme = await readFile('README.md', 'utf8').catch(() => undefined);
  if (readme === undefined) return;
  await writeFile(
    'README.md',
    readme.replace(
      TABLE,
      (_, begin: string, end: string) => `${begin}\n${renderConfigTable()}\n${end}`,
    ),
  );
};

await writeConfigDocs();
