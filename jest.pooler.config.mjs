import base from './jest.config.mjs';

/**
 * Tests with a real PgBouncer before Postgres: `npm run test:pooler`.
 * @type {import('jest').Config}
 */
export default {
  ...base,
  testMatch: ['<rootDir>/test/pooler/**/*.pooler.ts'],
};
