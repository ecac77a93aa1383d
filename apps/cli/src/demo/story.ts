import type { Approval, Diff, Frame, MethodParams } from '@assent/contract';
import { frameLine, printable } from '@assent/client/cli';
import type { Palette } from './palette';
import { RECONNECT_TIMEOUT_MS, type Stage } from './stage';
import type { Terminal } from './terminal';
import { drawRankings, drawRationale, drawTree } from './tree.drawing';

/** Asks a person and returns the answer; null without an answer. */
export interface Decision {
  readonly approved: boolean | null;
  readonly approval: Approval;
  readonly diff: Diff;
}

/** The end of a run, and the decision on it. */
export interface StoryEnd {
  readonly runId: string;
  readonly ending: Frame;
  readonly decision: Decision | null;
}

/** Decides whether a change may be made; null without an answer. */
export type Ask = (question: string) => Promise<boolean | null>;

/** Plays one run and shows every frame as it comes. */
export class Story {
  private firstAt: string | undefined;

  constructor(
    private readonly stage: Stage,
    private readonly terminal: Terminal,
    private readonly ask: Ask,
    private readonly signal: AbortSignal,
  ) {}

  async play(params: MethodParams<'start'>): Promise<StoryEnd> {
    const { developer, url } = this.stage;
    const { runId } = await developer.call('start', params);
    this.terminal.heading(`Run ${runId}, frame by frame (GET ${url}/runs/${runId}/frames)`);
    let approvalId = '';
    let decision: Decision | null = null;
    let ending: Frame | undefined;
    for await (const frame of developer.frames(runId, {
      signal: this.signal,
      reconnectTimeoutMs: RECONNECT_TIMEOUT_MS,
    })) {
      this.firstAt ??= frame.at;
      this.terminal.print(frameLine(frame, this.firstAt, this.terminal.columns));
      if (frame.erased === true) throw new Error(`Run ${runId} was forgotten: nothing of it is left to show.`);
      if (frame.type === 'path.chosen') await this.showTree(runId);
      if (frame.type === 'approval.requested') ({ approvalId } = frame);
      if (frame.type === 'run.waiting' && frame.for === 'approval') decision = await this.decide(approvalId);
      ending = frame;
    }
    if (!ending) throw new Error(`Run ${runId} has no frames: look at it with run/get.`);
    return { runId, ending, decision };
  }

  private async showTree(runId: string): Promise<void> {
    const { terminal } = this;
    const tree = await this.stage.developer.call('tree/get', { runId });
    terminal.heading('The tree of assumptions: likelihood L, gain G, cost C, utility U of each path');
    terminal.print(...drawTree(tree, terminal.palette, terminal.columns), '');
    terminal.print(...drawRankings(tree, terminal.palette), '');
    terminal.print(...drawRationale(tree, terminal.palette, terminal.columns), '');
  }

  /** Decides as the reviewer, on exactly the content that was shown. */
  private async decide(approvalId: string): Promise<Decision> {
    const { terminal } = this;
    const { approvals } = this.stage.reviewer;
    const [approval, diff] = await Promise.all([approvals.get(approvalId), approvals.diff(approvalId)]);
    terminal.heading(`What would be applied (GET /approvals/${approvalId}/diff)`);
    terminal.print(...drawDiff(diff.patch, terminal.palette), '', `content ${diff.hash}`, '');
    const approved = await this.ask('Apply exactly this?');
    if (approved === true) await approvals.approve(approvalId, diff.hash, { comment: 'Approved in the demo.' });
    else {
      const comment = approved === null ? 'Nobody answered.' : 'Rejected in the demo.';
      await approvals.reject(approvalId, diff.hash, { comment });
    }
    terminal.print('');
    return { approved, approval, diff };
  }
}

/** A unified diff, line by line: nothing is left out, and invisible characters are escaped. */
export function drawDiff(patch: string, palette: Palette): string[] {
  const lines = patch.endsWith('\n') ? patch.slice(0, -1).split('\n') : patch.split('\n');
  let inHunk = false;
  return lines.map((line) => {
    if (line.startsWith('@@')) inHunk = true;
    if (line.startsWith('diff ')) inHunk = false;
    return paintOf(line, inHunk, palette)(printable(line));
  });
}

function paintOf(line: string, inHunk: boolean, { bold, cyan, green, red, dim }: Palette) {
  if (!inHunk) return bold;
  if (line.startsWith('@@')) return cyan;
  if (line.startsWith('+')) return green;
  return line.startsWith('-') ? red : dim;
}
