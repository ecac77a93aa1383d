/** Which lib may import which: the table of docs/architecture.md. Everything not listed is forbidden. */
const TABLE = {
  contract: [],
  platform: ['contract'],
  outbox: ['contract', 'platform'],
  audit: ['contract', 'platform'],
  identity: ['contract', 'platform', 'audit'],
  runs: ['contract', 'platform', 'outbox'],
  models: ['contract', 'platform'],
  planner: ['contract', 'platform', 'models'],
  lexical: ['contract', 'platform', 'planner'],
  tools: ['contract', 'platform', 'identity', 'audit'],
  adapters: ['contract', 'platform', 'tools'],
  memory: ['contract', 'platform', 'outbox', 'identity', 'audit'],
  search: ['contract', 'platform'],
  approvals: ['contract', 'platform', 'outbox', 'audit', 'identity', 'runs'],
  webhooks: ['contract', 'platform', 'outbox', 'audit', 'identity', 'approvals'],
  engine: [
    'contract',
    'platform',
    'audit',
    'identity',
    'runs',
    'models',
    'planner',
    'tools',
    'approvals',
    'memory',
    'search',
  ],
  gateway: [
    'contract',
    'platform',
    'audit',
    'identity',
    'runs',
    'planner',
    'tools',
    'approvals',
    'webhooks',
    'memory',
    'search',
    'engine',
    'client',
  ],
  client: ['contract'],
  console: ['client', 'contract'],
};

const TEST_CODE = '\\.spec\\.ts$|/testing/';
/** Where a row's code is, when it is not `libs/<row>`. A group is one of several that may not import each other. */
const FOLDERS = { client: '^packages/client/', console: '^apps/console/', adapters: '^libs/adapters/([^/]+)/' };

const folderOf = (row) => FOLDERS[row] ?? `^libs/${row}/`;
const tableRules = Object.entries(TABLE).flatMap(([row, allowed]) => {
  const from = folderOf(row);
  const own = [from.replace('([^/]+)', '$1'), ...allowed.map(folderOf)];
  const rule = (name, from, pathNot) => ({
    name,
    comment: `${row} may import ${allowed.join(', ') || 'nothing of ours'}.`,
    severity: 'error',
    from,
    to: { path: '^(libs|packages|apps|test|bench|monitoring)/', pathNot },
  });
  return [
    rule(`${row}-imports`, { path: from, pathNot: TEST_CODE }, own),
    // Specs beside the code may use a real database or a model endpoint; those of the tools run on real adapters, and
    // those of the planner on the real composer.
    rule(`${row}-specs`, { path: `${from}.*(?:${TEST_CODE})` }, [
      ...own,
      '^test/support/',
      ...(row === 'tools' ? ['^libs/adapters/'] : []),
      ...(row === 'planner' ? ['^libs/lexical/'] : []),
    ]),
  ];
});

/** Which folder of the engine may import which; the files beside the folders may import all of them. */
const ENGINE = {
  step: [],
  interrupts: ['step'],
  plan: ['step'],
  act: ['step', 'interrupts'],
  approve: ['step'],
  apply: ['step', 'interrupts', 'approve'],
  observe: ['step', 'interrupts'],
  learning: ['plan', 'subjects'],
  subjects: [],
};

const engineRules = Object.entries(ENGINE).map(([folder, allowed]) => ({
  name: `engine-${folder}`,
  comment: `libs/engine/src/${folder} may import ${allowed.join(', ') || 'no other folder of the engine'}.`,
  severity: 'error',
  from: { path: `^libs/engine/src/${folder}/`, pathNot: TEST_CODE },
  to: { path: '^libs/engine/src/', pathNot: `^libs/engine/src/(${[folder, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...tableRules,
    ...engineRules,
    {
      name: 'one-door',
      comment: 'A lib is entered by its index.ts.',
      severity: 'error',
      from: { path: '^(?:(libs/(?:adapters/)?[^/]+|packages/[^/]+)|apps|test|bench|monitoring)/' },
      to: {
        path: '^(?:libs/(?:adapters/)?|packages/)[^/]+/src/(?!(?:(?:testing|react|webhooks|ag-ui|cli)/)?index\\.ts$)',
        pathNot: '^$1/',
      },
    },
    {
      name: 'client-takes-types',
      comment:
        'The client and the console have the types of the contract and none of its code: values would bring the schemas.',
      severity: 'error',
      from: { path: '^(packages/client|apps/console)/src/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/', dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'contract-is-pure',
      comment: 'The contract has no Nest and no I/O.',
      severity: 'error',
      from: { path: '^libs/contract/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^libs/contract/', '^node_modules/@sinclair/typebox'] },
    },
    {
      name: 'tracing-is-lazy',
      comment: 'A server that does not trace loads nothing of OpenTelemetry: one file imports it, by import() only.',
      severity: 'error',
      from: { path: '^(libs|apps)/', pathNot: '^libs/platform/src/telemetry/otel\\.tracer\\.ts$' },
      to: { path: '^node_modules/@opentelemetry/' },
    },
    {
      name: 'tracer-is-lazy',
      severity: 'error',
      from: { path: '^(libs|apps)/' },
      to: { path: '^libs/platform/src/telemetry/otel\\.tracer\\.ts$', dynamic: false },
    },
    {
      name: 'no-test-code-in-production',
      severity: 'error',
      from: { path: '^(libs|packages|apps)/', pathNot: ['\\.spec\\.ts$', '/testing/'] },
      to: { path: ['\\.spec\\.ts$', '^test/', '/testing/'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
  },
};
