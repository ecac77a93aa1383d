import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startClaudeCode, startCodex, startOpencode, type Agent, type Setting, type Surroundings } from './programs';

/** A setting of the permission hooks. */
export interface HookSetting extends Setting {
  /** Words after `assent init AGENT`. */
  readonly init: readonly string[];
  readonly isFailOpen: boolean;
}

/** The agents of one folder of packages, set up with what `assent init` of the built client prints. */
export function hookAgentsIn(folder: string, program: string): readonly Agent<HookSetting>[] {
  const surroundings = (setting: Setting): Surroundings => {
    const { assentUrl, assentKey, ...at } = setting;
    return { ...at, folder, env: { ASSENT_URL: assentUrl, ASSENT_KEY: assentKey } };
  };
  const settings = (agent: string, setting: HookSetting) =>
    execFileSync(process.execPath, [program, 'init', agent, ...setting.init], {
      env: { PATH: process.env['PATH'], HOME: setting.home, ...surroundings(setting).env },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });

  return [
    {
      name: 'Claude Code',
      package: '@anthropic-ai/claude-code',
      start: (setting) => {
        const file = join(setting.home, 'settings.json');
        const printed = settings('claude-code', setting);
        writeFileSync(file, setting.isFailOpen ? printed.replace(/,\s*"onFailure": "block"/, '') : printed);
        return Promise.resolve(startClaudeCode(surroundings(setting), ['--settings', file]));
      },
    },
    {
      name: 'Codex',
      package: '@openai/codex',
      start: (setting) => {
        const printed = settings('codex', setting);
        const hooks = setting.isFailOpen ? printed.replace(' --on-timeout', ' --fail-open --on-timeout') : printed;
        writeFileSync(join(setting.home, 'hooks.json'), hooks);
        const config = { approval_policy: '"on-request"', approvals_reviewer: '"auto_review"' };
        return Promise.resolve(startCodex(surroundings(setting), config, ['--dangerously-bypass-hook-trust']));
      },
    },
    {
      name: 'opencode',
      package: 'opencode-ai',
      start: (setting) => startOpencode(surroundings(setting), JSON.parse(settings('opencode', setting)) as object),
    },
  ];
}
