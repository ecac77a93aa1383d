import base from './jest.config.mjs';

/**
 * Tests of real servers behind nginx, Caddy and HAProxy, with HTTP/2 and a browser: `npm run test:proxies`.
 * @type {import('jest').Config}
 */
export default {
  ...base,
  testMatch: ['<rootDir>/test/{proxy,browser}/**/*.proxies.ts'],
};
