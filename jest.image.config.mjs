import base from './jest.config.mjs';

/**
 * Tests of the image that buildah makes of docker/Dockerfile: `npm run test:image`.
 * @type {import('jest').Config}
 */
export default {
  ...base,
  testMatch: ['<rootDir>/test/browser/**/*.image.ts'],
};
