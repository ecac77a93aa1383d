import fc from 'fast-check';
import { scaled } from './limits';
import { propertySeed } from './property-seed';

/** Ends a test that hangs. No test takes this long on an idle machine, unless it sets its own limit. */
const TEST_WITHIN_MS = 180_000;

// In each test file, before it is loaded.
fc.configureGlobal({ seed: propertySeed(process.env) });
jest.setTimeout(scaled(TEST_WITHIN_MS));
