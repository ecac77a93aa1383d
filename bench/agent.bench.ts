import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Caller } from '@assent/test-support/caller';
import { startModelEndpoint } from '@assent/test-support/model-endpoint';
import { layTasks, playTask, type Played, scriptOf, usageOf, type Usage } from './agent/player';
import { FILES_TO_READ, layReading, readFiles } from './agent/reading';
import { AGENT_TASKS } from './agent/tasks';
import { openPlace, withClient, type Place } from './support/place';
import type { BenchReport, Figure } from './support/report';
import { KEYS, startServer } from './support/server';
import { percent } from './support/table';

const NAME_COLUMNS = 18;
const CELL_COLUMNS = 9;
const HEAD = ['turns', 'calls', 'tokens', 'cached', 'asked'];
/** What chooses a model; without any of them the tasks' own scripts are played. */
const MODEL_VARIABLES = ['LLM_PROVIDER', 'LLM_BASE_URL', 'LLM_SCRIPT'];

type Row = Played & Usage;

/** Ten small tasks with exact verifiers, by the model that LLM_* names, against a real server in throw-away workspaces. */
export async function agent(): Promise<BenchReport> {
  const model = Object.fromEntries(
    Object.entries(process.env).filter(([name, value]) => name.startsWith('LLM_') && value !== undefined),
  ) as Readonly<Record<string, string>>;
  const isScripted = !MODEL_VARIABLES.some((name) => name in model);
  const place = await openPlace();
  try {
    const folder = join(place.folder, 'workspaces');
    await mkdir(folder);
    const LLM_SCRIPT = join(place.folder, 'script.json');
    if (isScripted) await writeFile(LLM_SCRIPT, scriptOf(AGENT_TASKS));
    const env = {
      DATABASE_URL: place.databaseUrl,
      WORKSPACES: await layTasks(AGENT_TASKS, folder),
      MEMORY_CONTROL_SHARE: '0',
      MEMORY_SCHEDULE: 'off',
      ...(isScripted ? { LLM_SCRIPT } : model),
    };
    let played: BenchReport;
    const server = await startServer({ env });
    try {
      const table = {
        developer: new Caller(server.url, KEYS.developer),
        reviewer: new Caller(server.url, KEYS.reviewer),
        folder,
      };
      const rows: Row[] = [];
      for (const task of AGENT_TASKS) {
        const played = await playTask(task, table);
        const usage = await withClient(place.databaseUrl, (client) => usageOf(client, played.runId));
        rows.push({ ...played, ...usage });
      }
      played = reportOf(rows, isScripted ? 'the scripts of the tasks' : nameOf(model));
    } finally {
      await server.stop();
    }
    return { ...played, figures: [...played.figures, ...(await readingFigures(place, folder))] };
  } finally {
    await place.remove();
  }
}

/** What the requests of the server to its model take when a run reads files, by a scripted endpoint. */
async function readingFigures({ databaseUrl }: Pick<Place, 'databaseUrl'>, folder: string): Promise<Figure[]> {
  const endpoint = await startModelEndpoint();
  try {
    const WORKSPACES = await layReading(folder);
    const env = { DATABASE_URL: databaseUrl, WORKSPACES, LLM_BASE_URL: endpoint.url, LLM_MODEL: 'scripted' };
    const server = await startServer({ env });
    try {
      const figures: Figure[] = [];
      for (const perTurn of [1, FILES_TO_READ]) {
        const { calls, chars } = await readFiles(new Caller(server.url, KEYS.developer), endpoint, perTurn);
        const what = `${FILES_TO_READ} files read, ${perTurn === 1 ? 'one call' : 'all calls'} a turn`;
        figures.push({ what: `${what}: model calls`, value: calls, unit: '' });
        figures.push({ what: `${what}: prompts`, value: chars, unit: 'chars' });
      }
      return figures;
    } finally {
      await server.stop();
    }
  } finally {
    await endpoint.close();
  }
}

function reportOf(rows: readonly Row[], player: string): BenchReport {
  const total = (of: (row: Row) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  const figure = (what: string, value: number, unit: string): Figure => ({ what, value, unit });
  const figures = [
    figure(
      'tasks reached',
      total(({ success }) => Number(success)),
      `of ${rows.length}`,
    ),
    figure(
      'false successes',
      total(({ falseSuccess }) => Number(falseSuccess)),
      'tasks',
    ),
    figure(
      'turns',
      total(({ turns }) => turns),
      '',
    ),
    figure(
      'model calls',
      total(({ calls }) => calls),
      '',
    ),
    figure(
      'tokens',
      total(({ tokens }) => tokens),
      '',
    ),
    figure('cached share of prompt tokens', cachedShare(rows) * 100, '%'),
    figure(
      'people asked',
      total(({ asked }) => asked),
      'times',
    ),
  ];
  return { figures, goals: [], notes: [`played by ${player}`, line('', HEAD, ''), ...rows.map(rowText)] };
}

function rowText(row: Row): string {
  const { task, turns, calls, tokens, asked, success, falseSuccess, problems } = row;
  const cells = [turns, calls, tokens, percent(cachedShare([row])), asked].map(String);
  const verdict = success ? 'reached' : `${falseSuccess ? 'FALSE SUCCESS' : 'failed'}: ${problems.join(' ')}`;
  return line(task, cells, verdict);
}

function line(name: string, cells: readonly string[], verdict: string): string {
  return `${name.padEnd(NAME_COLUMNS)}${cells.map((cell) => cell.padStart(CELL_COLUMNS)).join('')}  ${verdict}`.trimEnd();
}

function cachedShare(rows: readonly Usage[]): number {
  const [cached, prompt] = [
    rows.reduce((sum, row) => sum + row.cached, 0),
    rows.reduce((sum, row) => sum + row.prompt, 0),
  ];
  return prompt === 0 ? 0 : cached / prompt;
}

function nameOf({ LLM_PROVIDER, LLM_MODEL, LLM_BASE_URL, LLM_SCRIPT }: Readonly<Record<string, string>>): string {
  return [LLM_PROVIDER ?? LLM_BASE_URL ?? LLM_SCRIPT, LLM_MODEL].filter((part) => part !== undefined).join(' ');
}
