// Imports point down only (ARCHITECTURE.md, "Layers"); type-only imports count.
const layers = {
  base: [],
  domain: ['base'],
  sandbox: ['base'],
  senders: ['base', 'domain'],
  observers: ['base', 'domain'],
  ledger: ['base', 'domain'],
  metrics: ['base', 'domain'],
  engine: ['base', 'domain', 'senders', 'observers', 'ledger', 'metrics'],
  server: ['base', 'domain', 'ledger', 'metrics', 'engine'],
  generate: ['base', 'domain', 'metrics'],
  report: ['base', 'domain', 'ledger'],
};
layers.config = Object.keys(layers).filter((name) => name !== 'sandbox');

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'registries-belong-to-app',
      comment: 'Only app.ts imports a registry.',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/app\\.ts$' },
      to: { path: '^src/(senders|observers)/registry\\.ts$' },
    },
    {
      name: 'adapters-stay-behind-registries',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/(senders|observers)/' },
      to: { path: '^src/(senders|observers)/[^/]+/(?!config\\.ts)' },
    },
    {
      name: 'adapter-config-imports-no-client',
      severity: 'error',
      from: { path: '^src/(senders|observers)/.*config\\.ts$' },
      to: { dependencyTypes: ['npm'], pathNot: 'node_modules/zod' },
    },
    {
      name: 'sandbox-for-cli-simulation-and-tests',
      severity: 'error',
      from: { path: '^src', pathNot: '^src/(cli|sandbox|simulation)/' },
      to: { path: '^src/sandbox/' },
    },
    { name: 'nobody-imports-main', severity: 'error', from: {}, to: { path: '^src/main\\.ts$' } },
    ...Object.entries(layers).map(([layer, below]) => ({
      name: `layer-${layer}`,
      severity: 'error',
      from: { path: `^src/${layer}/` },
      to: { path: '^src/', pathNot: `^src/(${[layer, ...below].join('|')})/` },
    })),
    {
      name: 'layer-app',
      severity: 'error',
      from: { path: '^src/(app|assignments|core|monitor|rules-input)\\.ts$' },
      to: { path: '^src/(cli/|main\\.ts|sandbox/|simulation/)' },
    },
    {
      name: 'layer-simulation',
      severity: 'error',
      from: { path: '^src/simulation/' },
      to: { path: '^src/(cli/|main\\.ts|senders/(?!sender)|observers/(?!observer))' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node'] },
  },
};
