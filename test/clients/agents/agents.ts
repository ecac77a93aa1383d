import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '@assent/test-support/eventually';
import { freePort } from '@assent/test-support/free-port';

/** What one run of an agent works with. */
export interface Setting {
  readonly home: string;
  readonly work: string;
  readonly modelUrl: string;
  readonly assentUrl: string;
  readonly assentKey: string;
  /** Words after `assent init AGENT`. */
  readonly init: readonly string[];
  readonly isFailOpen: boolean;
}

/** One run of an agent, which ends by itself. */
export interface AgentRun {
  /** Everything it has printed. */
  output(): string;
  readonly ended: Promise<unknown>;
  kill(): void;
}

export interface Agent {
  readonly name: string;
  readonly package: string;
  start(setting: Setting): Promise<AgentRun>;
}

/** The agents of one folder of packages, set up with what `assent init` of the built client prints. */
export function agentsIn(folder: string, program: string): readonly Agent[] {
  const bin = (name: string) => join(folder, 'node_modules/.bin', name);
  const environment = ({ home, assentUrl, assentKey }: Setting) => ({
    PATH: process.env['PATH'],
    HOME: home,
    ASSENT_URL: assentUrl,
    ASSENT_KEY: assentKey,
  });
  const settings = (agent: string, setting: Setting) =>
    execFileSync(process.execPath, [program, 'init', agent, ...setting.init], {
      env: environment(setting),
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
        const env = {
          ...environment(setting),
          ANTHROPIC_BASE_URL: setting.modelUrl,
          ANTHROPIC_API_KEY: 'scripted',
          CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
        };
        const words = ['-p', 'Do it.', '--settings', file, '--output-format', 'json'];
        return Promise.resolve(runOf(launch(bin('claude'), words, setting.work, env)));
      },
    },
    {
      name: 'Codex',
      package: '@openai/codex',
      start: (setting) => {
        const printed = settings('codex', setting);
        const hooks = setting.isFailOpen ? printed.replace(' --on-timeout', ' --fail-open --on-timeout') : printed;
        writeFileSync(join(setting.home, 'hooks.json'), hooks);
        const provider = `{name="scripted", base_url="${setting.modelUrl}/v1", wire_api="responses", env_key="MODEL_KEY"}`;
        const config = {
          model: '"scripted"',
          model_provider: '"scripted"',
          'model_providers.scripted': provider,
          approval_policy: '"on-request"',
          approvals_reviewer: '"auto_review"',
          check_for_update_on_startup: 'false',
          'analytics.enabled': 'false',
        };
        const options = Object.entries(config).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
        const words = ['exec', ...options, '--dangerously-bypass-hook-trust', '--skip-git-repo-check', 'Do it.'];
        const env = { ...environment(setting), CODEX_HOME: setting.home, MODEL_KEY: 'scripted' };
        return Promise.resolve(runOf(launch(bin('codex'), words, setting.work, env)));
      },
    },
    {
      name: 'opencode',
      package: 'opencode-ai',
      start: async (setting) => {
        const options = { baseURL: `${setting.modelUrl}/v1`, apiKey: 'scripted' };
        const models = { scripted: { name: 'scripted' } };
        const provider = { scripted: { npm: '@ai-sdk/openai-compatible', name: 'scripted', options, models } };
        const own = { model: 'scripted/scripted', small_model: 'scripted/scripted', provider, autoupdate: false };
        const printed = JSON.parse(settings('opencode', setting)) as object;
        mkdirSync(join(setting.home, '.config/opencode'), { recursive: true });
        writeFileSync(join(setting.home, '.config/opencode/opencode.json'), JSON.stringify({ ...printed, ...own }));
        const port = String(await freePort());
        const env = { ...environment(setting), OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_LSP_DOWNLOAD: '1' };
        const child = launch(bin('opencode'), ['serve', '--port', port, '--hostname', '127.0.0.1'], setting.work, env);
        const run = runOf(child);
        const post = (path: string, body: object) =>
          fetch(`http://127.0.0.1:${port}${path}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
          });
        // A request before this line is never answered.
        await eventually('opencode serves', () => run.output().includes('server listening'));
        const { id } = (await (await post('/session', {})).json()) as { readonly id: string };
        const parts = [{ type: 'text', text: 'Do it.' }];
        const turn = post(`/session/${id}/message`, { parts }).then((response) => response.text());
        turn.then(run.kill, run.kill);
        return run;
      },
    },
  ];
}

function launch(program: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
}

function runOf(child: ChildProcess): AgentRun {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => (output += data.toString()));
  return {
    output: () => output,
    ended: once(child, 'close'),
    // The group: some of the programs are started by a script.
    kill: () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid);
    },
  };
}
