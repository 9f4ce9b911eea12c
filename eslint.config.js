import tseslint from 'typescript-eslint';

const ambient = [
  { object: 'Date', property: 'now', message: 'Time comes from Clock (base/clock.ts).' },
  { object: 'Math', property: 'random', message: 'Chance comes from Random (base/random.ts).' },
  { object: 'performance', property: 'now', message: 'Time comes from Clock (base/clock.ts).' },
  { object: 'process', property: 'hrtime', message: 'Time comes from Clock (base/clock.ts).' },
  { object: 'AbortSignal', property: 'timeout', message: 'Deadlines come from base/deadline.ts.' },
  { object: 'crypto', property: 'randomBytes', message: 'Chance comes from Random.' },
  { object: 'process', property: 'exit', message: 'Only main.ts ends the process.' },
  { object: 'process', property: 'argv', message: 'Only main.ts reads argv.' },
  {
    object: 'process',
    property: 'env',
    message: 'The environment is read in config/environment.ts only.',
  },
];
const timers = ['setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'Timers come from Clock (base/clock.ts).',
}));
const ambientSyntax = [
  {
    selector: 'NewExpression[callee.name="Date"][arguments.length=0]',
    message: 'Time comes from Clock (base/clock.ts).',
  },
  { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  {
    selector:
      'ImportDeclaration[source.value="node:crypto"] > ImportSpecifier[imported.name=/^random/]',
    message: 'Chance comes from Random (base/random.ts).',
  },
];

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules', '.dependency-cruiser.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/prefer-readonly': 'error',
      'max-params': ['error', 3],
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 60 }],
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-properties': ['error', ...ambient],
      'no-restricted-globals': ['error', ...timers],
      'no-restricted-syntax': ['error', ...ambientSyntax],
      'no-console': 'error',
    },
  },
  {
    files: ['src/base/**/*.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...ambient.filter((rule) => rule.object === 'process' && rule.property !== 'hrtime'),
      ],
      'no-restricted-globals': 'off',
      'no-restricted-syntax': 'off',
    },
  },
  {
    files: ['src/main.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        ...ambient.filter((rule) => rule.object !== 'process' || rule.property === 'env'),
      ],
    },
  },
  {
    files: ['src/config/environment.ts'],
    rules: {
      'no-restricted-properties': ['error', ...ambient.filter((rule) => rule.property !== 'env')],
    },
  },
  {
    files: ['test/**/*.ts', '*.config.ts', 'eslint.config.js'],
    rules: {
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-assertions': 'off',
    },
  },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
