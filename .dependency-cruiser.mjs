/** The layers of ARCHITECTURE.md, a rule each. A rule that stands in the way is discussed in an ADR, never switched off in silence. */

/** Each domain library and the domain libraries it may know: what lies under it, never beside or above. */
const DOMAIN = {
  merchants: [],
  events: ['merchants'],
  dunning: ['merchants'],
  'billing-keys': ['merchants', 'events'],
  charges: ['billing-keys', 'dunning', 'events', 'merchants'],
  scheduling: ['charges', 'billing-keys', 'dunning', 'events', 'merchants'],
  'bulk-charges': ['charges', 'billing-keys', 'dunning', 'events', 'merchants'],
  webhooks: ['charges', 'billing-keys', 'dunning', 'events', 'merchants'],
};

const names = Object.keys(DOMAIN);
const anyOf = (list) => `(${list.join('|')})`;
const DOMAIN_PATH = `^libs/${anyOf(names)}/`;
const ADAPTER_PATH = '^libs/providers/(?!contract/)';
const SPEC_PATH = '\\.spec\\.ts$';

const mayKnow = Object.entries(DOMAIN).map(([name, known]) => ({
  name: `${name}-knows-only-what-lies-under-it`,
  comment:
    'Money moves through one door: who asks for a charge knows the door, the door does not know who asks. ' +
    'What must flow back up flows as a contribution.',
  severity: 'error',
  from: { path: `^libs/${name}/` },
  to: {
    path: `^libs/${anyOf(names.filter((other) => other !== name && !known.includes(other)))}/`,
  },
}));

const forbidden = [
  {
    name: 'no-cycles',
    comment: 'Two files that need each other cannot be read, tested or replaced apart.',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'kernel-knows-nobody',
    comment:
      'The kernel is plain arithmetic and words: whoever reads it needs to know nothing else of the house.',
    severity: 'error',
    from: { path: '^libs/kernel/' },
    to: { path: '^(libs/(?!kernel/)|apps/|test/|bench/)' },
  },
  {
    name: 'kernel-is-plain-typescript',
    comment:
      'No framework, no database, no network, no files: a property test runs it a million times.',
    severity: 'error',
    from: { path: '^libs/kernel/', pathNot: SPEC_PATH },
    to: {
      path: '^(node:)?(fs|net|http|https|child_process|worker_threads)(/|$)|node_modules/(@nestjs|typeorm|pg|axios|undici|rxjs|fastify)/',
    },
  },
  {
    name: 'platform-knows-no-payment-word',
    comment: 'The platform is technical: it could serve another product tomorrow.',
    severity: 'error',
    from: { path: '^libs/platform/' },
    to: { path: '^(libs/(?!kernel/|platform/)|apps/)' },
  },
  {
    name: 'contract-knows-only-the-kernel-and-the-platform',
    comment:
      'The contract is written in the words of the house; it is what every adapter is held against.',
    severity: 'error',
    from: { path: '^libs/providers/contract/' },
    to: { path: '^(libs/(?!kernel/|platform/|providers/contract/)|apps/)' },
  },
  {
    name: 'adapters-know-only-the-contract',
    comment:
      'A provider is one folder that can be added or thrown away; it does not know its neighbour or us.',
    severity: 'error',
    from: { path: '^libs/providers/((?!contract|registry)[^/]+)/' },
    to: { path: '^(libs/(?!kernel/|platform/|providers/contract/|providers/$1/)|apps/)' },
  },
  {
    name: 'only-apps-know-the-registry',
    comment: 'It names every adapter; a library that knew it would know them all.',
    severity: 'error',
    from: { path: '^libs/(?!providers/registry/)' },
    to: { path: '^libs/providers/registry/' },
  },
  {
    name: 'no-domain-library-knows-an-adapter',
    comment: 'Who needs to know what a provider can do asks its capabilities, never its name.',
    severity: 'error',
    from: { path: DOMAIN_PATH },
    to: { path: ADAPTER_PATH },
  },
  {
    name: 'no-library-knows-an-app',
    comment:
      'Apps are put together from libraries; the other way round they could not be deployed apart.',
    severity: 'error',
    from: { path: '^libs/' },
    to: { path: '^apps/' },
  },
  {
    name: 'no-app-knows-another',
    comment:
      'Each app is a process of its own; what two need is a library. The CLI alone starts the others.',
    severity: 'error',
    from: { path: '^apps/([^/]+)/', pathNot: `^apps/cli/|${SPEC_PATH}` },
    to: { path: '^apps/', pathNot: '^apps/$1/' },
  },
  {
    name: 'sandbox-knows-only-the-kernel',
    comment:
      'It plays the other side: sharing code with the adapters would let one mistake agree with itself.',
    severity: 'error',
    from: { path: '^apps/sandbox/', pathNot: SPEC_PATH },
    to: { path: '^libs/(?!kernel/)' },
  },
  {
    name: 'client-knows-only-the-kernel',
    comment:
      'Other services take the client into their own process: it brings no database and no framework.',
    severity: 'error',
    from: { path: '^libs/client/', pathNot: SPEC_PATH },
    to: { path: '^libs/(?!kernel/|client/)|node_modules/(@nestjs|typeorm|pg)/' },
  },
  {
    name: 'graphql-only-at-the-front-door',
    comment: 'Entity, GraphQL type and domain type are three things; only apps/api speaks GraphQL.',
    severity: 'error',
    from: {
      path: '^(libs|apps)/',
      pathNot: `^(apps/api|libs/platform/src/graphql|libs/client)/|${SPEC_PATH}`,
    },
    to: { path: 'node_modules/(@nestjs/graphql|@nestjs/apollo|@apollo/server|graphql)/' },
  },
  {
    name: 'pure-files-know-no-framework',
    comment:
      'In a domain library a file without a role in its name (charge.ts, not charge.entity.ts) is the pure centre: decisions with `now` as an argument.',
    severity: 'error',
    from: { path: `^libs/${anyOf(names)}/src/[^.]+\\.ts$`, pathNot: '/index\\.ts$' },
    to: { path: 'node_modules/(@nestjs|typeorm|pg|axios|undici|rxjs)/' },
  },
  {
    name: 'across-libraries-by-index-only',
    comment: 'A library is what its index.ts says it is; the rest may move.',
    severity: 'error',
    from: { path: '^libs/([^/]+)/', pathNot: '^libs/(platform|providers)/' },
    to: {
      path: '^libs/',
      pathNot:
        '^libs/($1/|[^/]+/src/index\\.ts$|(platform/src|providers)/[^/]+/(src/)?index\\.ts$)',
    },
  },
  {
    name: 'across-platform-and-providers-by-index-only',
    comment: 'Each part of the platform and each provider is a library of its own.',
    severity: 'error',
    from: { path: '^libs/(platform/src|providers)/([^/]+)/' },
    to: {
      path: '^libs/',
      pathNot:
        '^libs/($1/$2/|[^/]+/src/index\\.ts$|(platform/src|providers)/[^/]+/(src/)?index\\.ts$)',
    },
  },
  {
    name: 'apps-enter-libraries-by-index-only',
    comment:
      'A library is what its index.ts says it is; the rest may move. Only who writes every row of a table down a second time must see the table.',
    severity: 'error',
    from: { path: '^(apps|test|bench|examples)/', pathNot: '^test/conformance/failure-codes\\.' },
    to: { path: '^libs/', pathNot: '/index\\.ts$' },
  },
  {
    name: 'nothing-is-imported-from-a-test',
    comment: 'What only tests need must not reach production.',
    severity: 'error',
    from: { path: '^(libs|apps)/', pathNot: SPEC_PATH },
    to: { path: `${SPEC_PATH}|^test/` },
  },
  {
    name: 'no-development-dependency-in-production',
    comment: 'The image is installed without development dependencies.',
    severity: 'error',
    from: { path: '^(libs|apps)/', pathNot: `${SPEC_PATH}|^apps/console/` },
    to: {
      dependencyTypes: ['npm-dev'],
      dependencyTypesNot: ['npm'],
      pathNot: 'node_modules/@types/',
    },
  },
  {
    name: 'nothing-unresolved',
    comment: 'An import that resolves to nothing fails at start; better here.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  ...mayKnow,
];

export default {
  forbidden,
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|apps/console)/' },
    // Types are knowledge too: an entity imported as a type still ties two libraries together.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      // `types` makes the aliases (#kernel, …) resolve to the sources instead of dist.
      conditionNames: ['types', 'import', 'require', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
