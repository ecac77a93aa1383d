import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const { compilerOptions } = JSON.parse(readFileSync(new URL('tsconfig.json', import.meta.url), 'utf8'));
const swc = (lazy) => [
  '@swc/jest',
  {
    jsc: {
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      target: 'es2022',
      keepClassNames: true,
      // Aliases become relative paths, also in the global setup, which Node loads without `moduleNameMapper`.
      baseUrl: import.meta.dirname,
      paths: compilerOptions.paths,
    },
    module: { type: 'commonjs', lazy },
    sourceMaps: 'inline',
  },
];

/** The modules that the indexes of the libs export from. Loaded on first use: most specs use a small part of a lib. */
function exportedModules() {
  const root = import.meta.dirname;
  const libs = ['libs', 'libs/adapters', 'packages'].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name)),
  );
  const indexes = libs.map((lib) => join(lib, 'src/index.ts')).filter((index) => existsSync(index));
  const exports = indexes.flatMap((index) => [...readFileSync(index, 'utf8').matchAll(/ from '(\.[^']+)'/g)]);
  return [...new Set(exports.map(([, module]) => module))];
}

/**
 * Unit and property specs sit beside the code; only what crosses libs lives in test/. One Postgres serves all files, a
 * clone of one migrated template each.
 * @type {import('jest').Config}
 */
export default {
  testMatch: ['<rootDir>/{libs,packages,apps,test,bench}/**/*.spec.ts'],
  transform: {
    '/src/index\\.ts$': swc(exportedModules()),
    '^.+\\.ts$': swc(false),
  },
  // A dynamic import() names the compiled file.
  moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': ['$1.js', '$1.ts'] },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/packages/client/dist/'],
  // Compiles each module once for a process, not once for a test file.
  testEnvironment: '<rootDir>/test/support/test-environment.ts',
  // Each access to a global of the sandbox is a call into Node. As parameters of the module these are plain variables.
  sandboxInjectedGlobals: ['Array', 'Map', 'Math', 'Number', 'Object', 'Set', 'JSON', 'String', 'Infinity'],
  setupFilesAfterEnv: ['<rootDir>/test/support/file-setup.ts'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  maxWorkers: 2,
};
