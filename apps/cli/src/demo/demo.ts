import type { Arguments } from './args';
import { loadExample, type Example } from './example';
import { openGivenStage, openOwnStage, type Stage } from './stage';
import { Story, type Ask, type StoryEnd } from './story';
import type { Terminal } from './terminal';
import { changedLines, judge, type Evidence } from './verdict';

/** Plays the whole story, on its own server or on a given one. @returns whether it worked, as --help defines it */
export async function playDemo(args: Arguments, terminal: Terminal, signal: AbortSignal): Promise<boolean> {
  const example = await loadExample(args.beliefs);
  const stage = await openStage(args, example, terminal, signal);
  try {
    if (args.reset) await putBack(stage, example, terminal, signal);
    return await narrate(stage, example, { args, terminal, signal });
  } finally {
    if (stage.temporary) terminal.print('', 'Stopping the server and removing its data.');
    await stage.close();
  }
}

async function openStage(
  { url }: Arguments,
  example: Example,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Stage> {
  if (url !== null) return openGivenStage(url, process.env);
  terminal.print('Starting a server of its own: a new database, and a copy of examples/checkout-service.');
  const started = performance.now();
  const stage = await openOwnStage(example, signal);
  terminal.print(`Ready at ${stage.url} after ${((performance.now() - started) / 1_000).toFixed(1)} s.`);
  return stage;
}

/** Uses a run, like every change there. The person requested it with --reset, so the demo does not ask again. */
async function putBack(stage: Stage, example: Example, terminal: Terminal, signal: AbortSignal): Promise<void> {
  terminal.heading(`Putting ${example.path} back to how it was shipped`);
  const story = new Story(stage, terminal, () => Promise.resolve(true), signal);
  const { runId, ending } = await story.play(example.reset);
  const kind = ending.type === 'run.completed' ? ending.result.kind : ending.type;
  if (kind !== 'applied' && kind !== 'unchanged') {
    throw new Error(`Run ${runId} did not put ${example.path} back, it ended as "${kind}": look at it with run/get.`);
  }
}

interface Scene {
  readonly args: Arguments;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

async function narrate(stage: Stage, example: Example, { args, terminal, signal }: Scene): Promise<boolean> {
  const { path, request } = example;
  terminal.heading('The goal');
  terminal.print(request.goal);
  const before = await stage.readFile(path);
  const ask: Ask = async (question) => {
    if (!args.yes) return terminal.confirm(question, signal);
    terminal.print(`${question} yes (--yes)`);
    return true;
  };
  const end = await new Story(stage, terminal, ask, signal).play(request);
  const evidence = { path, before, after: await stage.readFile(path) };
  const verdict = judge(end, evidence);
  showFile(evidence, terminal);
  terminal.print('', verdict.text);
  const { outcome, note } = verdict;
  const { memory } = await stage.developer.call('complete', { runId: end.runId, outcome, note });
  terminal.print(`complete: ${outcome}${memory ? `, memory fragment ${memory.fragmentId} (${memory.status})` : ''}`);
  showWhereNext(stage, end, terminal);
  if (stage.temporary && terminal.attended && !args.yes) {
    await terminal.ask('The server runs until you press Enter. ', signal);
  }
  return verdict.worked;
}

function showFile({ path, before, after }: Evidence, terminal: Terminal): void {
  const { red, green } = terminal.palette;
  const { removed, added } = changedLines(before, after);
  terminal.heading(`${path}, read again`);
  if (before === after) terminal.print('not changed');
  terminal.print(...removed.map((line) => red(`before  ${line}`)), ...added.map((line) => green(`after   ${line}`)));
}

function showWhereNext({ url, shownKey, temporary }: Stage, { runId, decision }: StoryEnd, terminal: Terminal): void {
  const curl = (path: string, header = '') => `curl -s ${header}-H "authorization: Bearer $KEY" ${url}${path}`;
  terminal.heading(`Where to look next: run ${runId}`);
  terminal.print(
    `KEY=${shownKey}`,
    curl(`/runs/${runId}`),
    curl(`/runs/${runId}/tree`),
    curl(`/runs/${runId}/frames`),
    ...(decision ? [curl(`/approvals/${decision.approval.approvalId}/diff`, "-H 'accept: text/x-diff' ")] : []),
    `${url}/docs lists every route, docs/protocol.md explains them.`,
  );
  if (temporary) terminal.print('This server ends with the demo. "npm start" keeps one: play on it with --url.');
}
