import { environment } from './environment.js';
import { timing } from './timing.js';
import { noteOf } from './variable.js';

const GROUPS = [
  { title: 'Environment', variables: environment },
  { title: 'Times and bounds', variables: timing },
] as const;

const entries = (variables: (typeof GROUPS)[number]['variables']) =>
  Object.entries(variables).map(([name, schema]) => ({ name, ...noteOf(schema) }));

/** The README's configuration table, in Markdown. */
export const renderConfigTable = (): string =>
  GROUPS.map(({ title, variables }) => {
    const rows = entries(variables).map(
      ({ name, fallback, about }) =>
        `| \`${name}\` | ${fallback ? `\`${fallback}\`` : ''} | ${about} |`,
    );
    return [
      `### ${title}`,
      '',
      '| variable | default | what |',
      '| --- | --- | --- |',
      ...rows,
    ].join('\n');
  }).join('\n\n') + '\n';

/**
 * `.env.example`: every variable with its default, commented out, because a default needs no line.
 */
export const renderEnvExample = (): string => {
  const head = '# Every variable Refrain reads, with its default. Made by `npm run config-docs`.';
  const body = GROUPS.flatMap(({ title, variables }) => [
    `\n## ${title}`,
    ...entries(variables).map(
      ({ name, fallback, about }) => `\n# ${about}\n#${name}=${fallback ?? ''}`,
    ),
  ]);
  return [head, ...body].join('\n') + '\n';
};
