import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A rule whose pattern no longer matches anything passes for ever: each is shown an offence here. */

const ROOT = join(__dirname, '../..');
const DOMAIN = [
  'merchants',
  'events',
  'dunning',
  'billing-keys',
  'charges',
  'scheduling',
  'bulk-charges',
  'webhooks',
];

/** Who imports what although it must not. */
const OFFENCES: Record<string, string> = {
  'libs/kernel/src/circle-back.ts': './circle.js',
  'libs/kernel/src/knows-platform.ts': '#platform/config',
  'libs/kernel/src/knows-files.ts': 'node:fs',
  'libs/platform/src/config/knows-charges.ts': '#charges',
  'libs/providers/contract/src/knows-charges.ts': '#charges',
  'libs/providers/nexi/src/knows-neighbour.ts': '#providers/portone',
  'libs/charges/src/knows-adapter.ts': '#providers/nexi',
  'libs/charges/src/knows-app.ts': '../../../apps/api/src/main.js',
  'libs/charges/src/knows-test.ts': '../../../test/support/clock.js',
  'libs/charges/src/knows-framework.ts': '@nestjs/common',
  'libs/charges/src/charge.entity.ts': '@nestjs/graphql',
  'libs/charges/src/knows-room.ts': '../../merchants/src/room.js',
  'libs/charges/src/knows-tool.ts': 'fast-check',
  'libs/providers/nexi/src/knows-room.ts': '../../contract/src/room.js',
  'libs/client/src/knows-charges.ts': '#charges',
  'apps/api/src/knows-worker.ts': '../../worker/src/main.js',
  'apps/api/src/knows-room.ts': '../../../libs/merchants/src/room.js',
  'apps/api/src/knows-nothing.ts': '#nothing',
  'apps/sandbox/src/knows-charges.ts': '#charges',
  'libs/merchants/src/knows-webhooks.ts': '#webhooks',
  'libs/events/src/knows-webhooks.ts': '#webhooks',
  'libs/dunning/src/knows-charges.ts': '#charges',
  'libs/billing-keys/src/knows-charges.ts': '#charges',
  'libs/charges/src/knows-scheduling.ts': '#scheduling',
  'libs/scheduling/src/knows-bulk.ts': '#bulk-charges',
  'libs/bulk-charges/src/knows-scheduling.ts': '#scheduling',
  'libs/webhooks/src/knows-scheduling.ts': '#scheduling',
  'libs/events/src/knows-registry.ts': '#providers/registry',
};
/** What is there to be imported, and the imports that are allowed. */
const PLAIN: Record<string, string> = {
  ...Object.fromEntries(
    [
      ...DOMAIN,
      'kernel',
      'client',
      'providers/contract',
      'providers/nexi',
      'providers/portone',
      'providers/registry',
    ]
      .flatMap((name) => [`libs/${name}/src/index.ts`, `libs/${name}/src/room.ts`])
      .map((path) => [path, '']),
  ),
  'libs/platform/src/config/index.ts': '',
  // A circle is reported once, at the other of its two ends.
  'libs/kernel/src/circle.ts': './circle-back.js',
  'libs/charges/src/allowed.ts': '#billing-keys',
  'libs/scheduling/src/allowed.repository.ts': 'typeorm',
  'libs/providers/nexi/src/allowed.ts': '#providers/contract',
  'apps/api/src/main.ts': '#charges',
  'apps/worker/src/main.ts': '#providers/nexi',
  'apps/cli/src/main.ts': '../../worker/src/main.js',
  'test/support/clock.ts': '',
};

interface Cruise {
  readonly summary: {
    readonly violations: readonly {
      readonly from: string;
      readonly rule: { readonly name: string };
    }[];
    readonly ruleSetUsed: { readonly forbidden: readonly { readonly name: string }[] };
  };
}

const cruise = (folder: string): Cruise['summary'] => {
  const binary = join(ROOT, 'node_modules/.bin/depcruise');
  const all = ['--config', '.dependency-cruiser.mjs', '-T', 'json', 'apps', 'libs', 'test'];
  // With `-T json` the exit code stays 0 however many rules are broken.
  const output = execFileSync(binary, all, { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
  return (JSON.parse(output.toString()) as Cruise).summary;
};

describe('the layers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'refrain-layers-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are held by rules each of which can fail, and none of which forbids what is right', () => {
    for (const file of ['package.json', 'tsconfig.json', '.dependency-cruiser.mjs'])
      copyFileSync(join(ROOT, file), join(folder, file));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const [path, imported] of Object.entries({ ...OFFENCES, ...PLAIN })) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      const line = imported ? `import * as it from '${imported}';\nexport const seen = it;\n` : '';
      writeFileSync(join(folder, path), `${line}export const here = 1;\n`);
    }

    const { violations, ruleSetUsed } = cruise(folder);

    const broken = new Set(violations.map(({ rule }) => rule.name));
    expect([...broken].toSorted()).toEqual(
      ruleSetUsed.forbidden.map(({ name }) => name).toSorted(),
    );
    const offenders = new Set(violations.map(({ from }) => from));
    expect([...offenders].toSorted()).toEqual(Object.keys(OFFENCES).toSorted());
  });
});
