import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '@assent/test-support/eventually';
import { freePort } from '@assent/test-support/free-port';

/** Where an agent is started. */
export interface Surroundings {
  /** Folder with the installed packages. */
  readonly folder: string;
  readonly home: string;
  readonly work: string;
  readonly modelUrl: string;
  /** Added to the environment of the agent. */
  readonly env: Readonly<Record<string, string>>;
}

/** One run of an agent, which ends by itself. */
export interface AgentRun {
  /** Everything it has printed. */
  output(): string;
  readonly ended: Promise<unknown>;
  kill(): void;
}

/** What one run of an agent works with. */
export interface Setting extends Pick<Surroundings, 'home' | 'work' | 'modelUrl'> {
  readonly assentUrl: string;
  readonly assentKey: string;
}

export interface Agent<S extends Setting> {
  readonly name: string;
  readonly package: string;
  start(setting: S): Promise<AgentRun>;
}

const PROMPT = 'Do it.';

/** Empty folders for one run of an agent. */
export async function openFolders(parent: string): Promise<Pick<Surroundings, 'home' | 'work'>> {
  const folder = await mkdtemp(join(parent, 'agent-'));
  const folders = { home: join(folder, 'home'), work: join(folder, 'work') };
  await Promise.all(Object.values(folders).map((path) => mkdir(path)));
  return folders;
}

/** @param words added to the command line */
export function startClaudeCode(at: Surroundings, words: readonly string[]): AgentRun {
  return launch(at, 'claude', ['-p', PROMPT, ...words, '--output-format', 'json'], {
    ANTHROPIC_BASE_URL: at.modelUrl,
    ANTHROPIC_API_KEY: 'scripted',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  });
}

/** @param settings added to the configuration, as TOML values */
export function startCodex(
  at: Surroundings,
  settings: Readonly<Record<string, string>>,
  words: readonly string[] = [],
): AgentRun {
  const config = {
    model: '"scripted"',
    model_provider: '"scripted"',
    'model_providers.scripted': `{name="scripted", base_url="${at.modelUrl}/v1", wire_api="responses", env_key="MODEL_KEY"}`,
    check_for_update_on_startup: 'false',
    'analytics.enabled': 'false',
    ...settings,
  };
  const options = Object.entries(config).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return launch(at, 'codex', ['exec', ...options, ...words, '--skip-git-repo-check', PROMPT], {
    CODEX_HOME: at.home,
    MODEL_KEY: 'scripted',
  });
}

/** @param settings added to `opencode.json` */
export async function startOpencode(at: Surroundings, settings: object): Promise<AgentRun> {
  const options = { baseURL: `${at.modelUrl}/v1`, apiKey: 'scripted' };
  const models = { scripted: { name: 'scripted' } };
  const provider = { scripted: { npm: '@ai-sdk/openai-compatible', name: 'scripted', options, models } };
  const own = { model: 'scripted/scripted', small_model: 'scripted/scripted', provider, autoupdate: false };
  mkdirSync(join(at.home, '.config/opencode'), { recursive: true });
  writeFileSync(join(at.home, '.config/opencode/opencode.json'), JSON.stringify({ ...settings, ...own }));
  const port = String(await freePort());
  const run = launch(at, 'opencode', ['serve', '--port', port, '--hostname', '127.0.0.1'], {
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_LSP_DOWNLOAD: '1',
  });
  const post = (path: string, body: object) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  // A request before this line is never answered.
  await eventually('opencode serves', () => run.output().includes('server listening'));
  const { id } = (await (await post('/session', {})).json()) as { readonly id: string };
  const parts = [{ type: 'text', text: PROMPT }];
  const turn = post(`/session/${id}/message`, { parts }).then((response) => response.text());
  turn.then(run.kill, run.kill);
  return run;
}

/** @param settings added to `settings.json` */
export function startGemini(at: Surroundings, settings: object): AgentRun {
  const own = {
    security: { auth: { selectedType: 'gemini-api-key' } },
    privacy: { usageStatisticsEnabled: false },
    general: { disableAutoUpdate: true },
  };
  mkdirSync(join(at.home, '.gemini'), { recursive: true });
  writeFileSync(join(at.home, '.gemini/settings.json'), JSON.stringify({ ...settings, ...own }));
  // A name that the program knows: it asks the model which one to use otherwise.
  return launch(at, 'gemini', ['-m', 'gemini-2.5-flash', '--skip-trust', '-p', PROMPT], {
    GOOGLE_GEMINI_BASE_URL: at.modelUrl,
    GEMINI_API_KEY: 'scripted',
  });
}

function launch(
  { folder, home, work, env }: Surroundings,
  program: string,
  words: readonly string[],
  own: Readonly<Record<string, string>>,
): AgentRun {
  const environment = { PATH: process.env['PATH'], HOME: home, ...own, ...env };
  return spawnProgram(join(folder, 'node_modules/.bin', program), words, work, environment);
}

/** Starts a program as the leader of a process group. */
export function spawnProgram(file: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv): AgentRun {
  const child = spawn(file, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  return {
    output: () => output,
    ended: once(child, 'close'),
    // The group, because some of the programs are started by a script; opencode may ignore SIGTERM.
    kill: () => {
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, 'SIGKILL');
    },
  };
}
