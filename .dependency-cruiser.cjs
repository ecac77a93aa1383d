/** Which lib may import which: the table of docs/architecture.md. Everything not listed is forbidden. */
const TABLE = {
  contract: [],
  platform: ['contract'],
  runs: ['contract', 'platform'],
  planner: ['contract', 'platform'],
  tools: ['contract', 'platform'],
  memory: ['contract', 'platform'],
  approvals: ['contract', 'platform', 'runs'],
  engine: ['contract', 'platform', 'runs', 'planner', 'tools', 'approvals', 'memory'],
  rpc: ['contract', 'platform', 'runs', 'engine', 'planner', 'tools', 'approvals', 'memory'],
  client: ['contract'],
};

const tableRules = Object.entries(TABLE).flatMap(([lib, allowed]) => {
  const own = `^libs/(${[lib, ...allowed].join('|')})/`;
  const rule = (name, from, pathNot) => ({
    name,
    comment: `libs/${lib} may import ${allowed.join(', ') || 'nothing of ours'}.`,
    severity: 'error',
    from,
    to: { path: '^(libs|apps|test|bench|monitoring)/', pathNot },
  });
  return [
    rule(`${lib}-imports`, { path: `^libs/${lib}/`, pathNot: '\\.spec\\.ts$' }, own),
    // Specs beside the code may use a real database or a model endpoint.
    rule(`${lib}-specs`, { path: `^libs/${lib}/.*\\.spec\\.ts$` }, [own, '^test/support/']),
  ];
});

module.exports = {
  forbidden: [
    ...tableRules,
    {
      name: 'one-door',
      comment: 'A lib is entered by its index.ts.',
      severity: 'error',
      from: { path: '^(?:libs/([^/]+)|apps|test|bench|monitoring)/' },
      to: { path: '^libs/[^/]+/src/(?!index\\.ts$)', pathNot: '^libs/$1/' },
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
      from: { path: '^(libs|apps)/', pathNot: ['\\.spec\\.ts$', '/testing/'] },
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
