import base from './jest.config.mjs';

/**
 * Tests of the alerts in a real Prometheus and Alertmanager: `npm run test:monitoring`.
 * @type {import('jest').Config}
 */
export default {
  ...base,
  testMatch: ['<rootDir>/test/monitoring/**/*.monitoring.ts'],
};
