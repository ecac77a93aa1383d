import type { FileChange, Ground, Rationale, Risk } from '@assent/contract';
import { cutText } from '@assent/platform';
import { needed, type Requirements } from './requirements';

const TITLE_MAX_CHARS = 120;
const SUMMARY_MAX_CHARS = 2_000;
const GOAL_MAX_CHARS = 500;
const FILES_MAX = 50;
/** Maximum characters redacted of a long text: far more than a summary shows, so that a secret cut here is not shown. */
const READ_MAX_CHARS = 65_536;

/** The part of a requested approval that its message needs. */
export interface Requested {
  /** Null: derived from the tool and the files. */
  readonly title: string | null;
  /** The patch, or the text of another subject. */
  readonly text: string;
  readonly goal: string;
  readonly files: readonly FileChange[];
  readonly tool: string;
  readonly workspace: string;
  readonly requester: string;
  readonly risks: readonly Risk[];
  readonly terms: Requirements;
  readonly rationale: Rationale | null;
  readonly reviewUrl: string | null;
}

/**
 * The data of the webhook event `approval.requested` in addition to the frame, enough for a message to a person.
 * @param redact redacts secrets, because the data leaves the server
 */
export function requestedData(requested: Requested, redact: (text: string) => string) {
  const {
    title,
    text,
    goal,
    files,
    tool,
    workspace,
    requester,
    risks,
    terms: requirements,
    rationale,
    reviewUrl,
  } = requested;
  return {
    title: cutText(redact(title ?? titleOf(tool, files, text)), TITLE_MAX_CHARS),
    summary: cutText(redact(cutText(text, READ_MAX_CHARS)), SUMMARY_MAX_CHARS),
    goal: cutText(redact(goal), GOAL_MAX_CHARS),
    files: files.slice(0, FILES_MAX).map(({ path, kind, added, removed }) => ({ path, kind, added, removed })),
    filesTotal: files.length,
    tool,
    workspace,
    requester,
    risks,
    needed: needed(requirements, [], null),
    rationale: rationale && redactedRationale(rationale, redact),
    reviewUrl,
  };
}

function titleOf(tool: string, files: readonly FileChange[], text: string): string {
  const [first] = files;
  if (!first) return `${tool}: ${text.split('\n', 1)[0] ?? ''}`;
  return files.length === 1 ? `${tool}: ${first.path}` : `${tool}: ${first.path} and ${files.length - 1} more`;
}

/** Redacts the sentence and the grounds of a rationale, which contain text of a caller or a model. */
function redactedRationale(rationale: Rationale, redact: (text: string) => string): Rationale {
  const shown = (ground: Ground): Ground => ({ ...ground, text: redact(ground.text) });
  return {
    ...rationale,
    sentence: redact(rationale.sentence),
    for: rationale.for.map(shown),
    against: rationale.against.map(shown),
  };
}
