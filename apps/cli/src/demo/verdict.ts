import { createHash } from 'node:crypto';
import type { MethodParams } from '@assent/contract';
import type { StoryEnd } from './story';

/** The message about an ended run, and the params of `complete`. */
export interface DemoResult {
  readonly outcome: MethodParams<'complete'>['outcome'];
  readonly note: string;
  /** Whether the demo succeeded. */
  readonly worked: boolean;
  readonly text: string;
}

/** The file of the story before and after the run. */
export interface Evidence {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** Judges a run by its last frame and by the content of the file. */
export function judge({ ending, decision }: StoryEnd, evidence: Evidence): DemoResult {
  const { path, before, after } = evidence;
  if (ending.type !== 'run.completed') {
    const why = ending.type === 'run.failed' ? `: ${ending.error.message}` : '';
    return failed(`The run ended with ${ending.type}${why}`);
  }
  switch (ending.result.kind) {
    case 'applied': {
      const approved = decision?.diff.files.find((file) => file.path === path)?.resultHash;
      if (before === after || sha256(after) !== approved) return failed(`${path} is not what was approved.`);
      const text = `${path} has exactly the approved content.`;
      return { outcome: 'success', note: 'Applied in the demo.', worked: true, text };
    }
    case 'unchanged': {
      const text = `${path} has the fix already, so there is nothing to approve. With --reset the demo first puts it back.`;
      return { outcome: 'abandoned', note: 'The change was in place already.', worked: true, text };
    }
    case 'rejected':
      return rejected(decision?.approved === false, evidence);
    default:
      return failed(`The run chose ${ending.result.actionId} and ended as "${ending.result.kind}", not with a change.`);
  }
}

function rejected(byPerson: boolean, { path, before, after }: Evidence): DemoResult {
  if (before !== after) return failed(`${path} was changed although the change was rejected.`);
  const kept = `${path} is as it was.`;
  if (byPerson) {
    return { outcome: 'failure', note: 'Rejected in the demo.', worked: true, text: `You said no: ${kept}` };
  }
  const text = `Nobody answered, which counts as no: ${kept} Use --yes to approve without asking.`;
  return { outcome: 'abandoned', note: 'Nobody answered.', worked: false, text };
}

function failed(text: string): DemoResult {
  return { outcome: 'failure', note: text, worked: false, text };
}

/** In the contract's format for content hashes. */
function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** Lines that differ, compared by line number, which suits a changed value in a configuration file. */
export function changedLines(before: string, after: string): { removed: string[]; added: string[] } {
  const [old, now] = [linesOf(before), linesOf(after)];
  return {
    removed: old.flatMap((line, index) => (line === now[index] ? [] : [`${index + 1}: ${line}`])),
    added: now.flatMap((line, index) => (line === old[index] ? [] : [`${index + 1}: ${line}`])),
  };
}

function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}
