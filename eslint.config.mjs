import tseslint from 'typescript-eslint';

const SPREAD_LITERAL = {
  selector: 'ObjectExpression > SpreadElement > ObjectExpression',
  message: 'Write the properties themselves: a spread literal only keeps the formatter from breaking lines.',
};

export default tseslint.config(
  { ignores: ['dist/', 'packages/client/dist/', 'node_modules/', '.data/', 'coverage/', 'examples/checkout-service/'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-restricted-syntax': ['error', SPREAD_LITERAL],
      // Numbers are safe in a template; everything else is spelled out.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // Nest modules are classes with nothing but decorators.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // `switch` over a union must name every member; a default branch would hide a new one.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // tsconfig asks for obj['key'] on index signatures (noPropertyAccessFromIndexSignature).
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // An unused `_` documents a parameter that an interface demands.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // prettier breaks `() => void f()` apart; the shorthand is clear where the value is void.
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message: 'Read configuration through Config; only apps and test support see process.env.',
        },
      ],
    },
  },
  {
    files: ['apps/console/src/**/*.ts', 'apps/console/src/**/*.tsx'],
    rules: {
      'no-restricted-syntax': [
        'error',
        SPREAD_LITERAL,
        {
          selector:
            ':matches(MemberExpression > Identifier, JSXIdentifier)[name=/^(?:innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|srcdoc|write|writeln|createContextualFragment|setHTMLUnsafe)$/]',
          message: 'Text never becomes HTML. Render it as text.',
        },
      ],
      'no-eval': 'error',
      'no-new-func': 'error',
    },
  },
  {
    files: [
      'apps/**/*.ts',
      'packages/client/src/cli/main.ts',
      'packages/client/src/opencode/plugin.ts',
      'examples/**/*.ts',
      'test/**/*.ts',
      'bench/**/*.ts',
      '**/*.spec.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  {
    files: ['**/*.spec.ts', 'test/**/*.ts'],
    rules: {
      // Jest's asymmetric matchers are typed any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      // Expectations on methods of fakes and spies.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
