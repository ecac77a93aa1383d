import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOOK_HOLD_DEFAULT_SECONDS, HOOK_HOLD_MAX_SECONDS } from '@assent/contract';
import { agentLimitSeconds, answerLimitSeconds, DEFAULT_HOLD_SECONDS, MAX_HOLD_SECONDS } from './hold';
import { settingsFor } from './settings';

const ROOT = join(__dirname, '../../../../..');
const numbersIn = (file: string, pattern: RegExp): number[] =>
  Array.from(readFileSync(join(ROOT, file), 'utf8').matchAll(pattern), ([, seconds]) => Number(seconds));
const HOLDS = [1, 301, HOOK_HOLD_DEFAULT_SECONDS, HOOK_HOLD_MAX_SECONDS];

/** Every part between the agent and the server waits longer than the server holds. */
describe('the limits along the way of a held question', () => {
  it('begin with the hold of the contract', () => {
    expect([DEFAULT_HOLD_SECONDS, MAX_HOLD_SECONDS]).toEqual([HOOK_HOLD_DEFAULT_SECONDS, HOOK_HOLD_MAX_SECONDS]);
  });

  it.each(HOLDS)('let `assent hook` answer before the agent gives up, with a hold of %d s', (holdSeconds) => {
    expect(answerLimitSeconds(holdSeconds)).toBeGreaterThan(holdSeconds);
    expect(agentLimitSeconds(holdSeconds)).toBeGreaterThan(answerLimitSeconds(holdSeconds));
    for (const agent of ['claude-code', 'codex'] as const) {
      const installation = { url: 'http://localhost', program: '/p', holdSeconds, onTimeout: 'ask' };
      const { settings } = settingsFor(agent, installation);
      expect(JSON.stringify(settings)).toContain(`"timeout":${agentLimitSeconds(holdSeconds)}`);
      expect(JSON.stringify(settings)).toMatch(new RegExp(`hold[= ]${holdSeconds}\\b`));
    }
  });

  it('let the shipped proxies wait for the longest answer', () => {
    const nginx = numbersIn('docker/nginx.conf', /location \/(?:hooks\/|mcp) \{[^}]*proxy_read_timeout (\d+)s/g);
    expect(nginx).toHaveLength(2);
    for (const seconds of nginx) expect(seconds).toBeGreaterThan(answerLimitSeconds(HOOK_HOLD_MAX_SECONDS));
    // 0s: no limit.
    const held = /value: \/hooks\n.*?timeouts:\n\s+request: (\d+)s/gs;
    expect(numbersIn('k8s/overlays/production/route.yaml', held)).toEqual([0]);
  });

  it('keep the plugin of opencode below the limit of fetch', () => {
    const [hold = 0] = numbersIn('packages/client/src/opencode/plugin.ts', /HOLD_SECONDS = (\d+);/g);
    expect(hold).toBeGreaterThan(0);
    expect(answerLimitSeconds(hold)).toBeLessThan(300);
  });
});
