import base from './jest.config.mjs';

/**
 * Tests of the console in a real Chromium, against a real server: `npm run test:browser`.
 * @type {import('jest').Config}
 */
export default {
  ...base,
  testMatch: ['<rootDir>/test/browser/**/*.browser.ts'],
  // Two browsers and two servers keep two cores busy.
  maxWorkers: 2,
};
