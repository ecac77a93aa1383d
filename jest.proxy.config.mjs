import base from './jest.config.mjs';

/**
 * Tests of the shipped nginx.conf in a real nginx: `npm run test:proxy`.
 * @type {import('jest').Config}
 */
export default {
  ...base,
  testMatch: ['<rootDir>/test/proxy/**/*.proxy.ts'],
};
