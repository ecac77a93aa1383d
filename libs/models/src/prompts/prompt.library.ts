import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folder of the current prompts. Changed prompts get a new folder, because stored plans name their prompt version. */
export const PROMPT_VERSION = 'v3';

/** Placeholders of the first message of a run. */
const OPENING = [
  'goal',
  'context',
  'fence',
  'workspace',
  'functions',
  'recalled',
  'assumptions',
  'history',
  'messages',
  'position',
] as const;

/** Every prompt with its placeholders: `{{name}}` in the file. */
export const PROMPT_PLACEHOLDERS = {
  'plan.system': [],
  'plan.user': OPENING,
  'turn.system': [],
  'turn.user': OPENING,
  'compose.system': ['fence'],
  'compose.user': ['goal', 'context', 'recalled', 'assumptions', 'history', 'messages', 'trace', 'actions'],
  'evaluate.system': ['fence'],
  'evaluate.user': ['goal', 'history', 'trace', 'assumptions', 'actions'],
  'improve.user': ['advice', 'earlier', 'critiques'],
  'judge.system': ['fence'],
  'judge.user': ['goal', 'context', 'history', 'advice', 'first', 'second'],
  'distil.system': ['fence', 'most'],
  'distil.user': ['goal', 'worked', 'failed', 'lessons'],
  'retry.user': ['problem'],
} as const satisfies Record<string, readonly string[]>;

export type PromptName = keyof typeof PROMPT_PLACEHOLDERS;
export type PromptValues<N extends PromptName> = Readonly<Record<(typeof PROMPT_PLACEHOLDERS)[N][number], string>>;

const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

/** The prompts of one version, read from disk once. */
export class PromptLibrary {
  private constructor(
    readonly version: string,
    private readonly templates: ReadonlyMap<PromptName, string>,
  ) {}

  /** @throws Error naming the file that is missing, or the placeholder that is unknown or unused */
  static load(folder = __dirname, version = PROMPT_VERSION): PromptLibrary {
    const names = Object.keys(PROMPT_PLACEHOLDERS) as PromptName[];
    return new PromptLibrary(version, new Map(names.map((name) => [name, readTemplate(join(folder, version), name)])));
  }

  /** Replaces all placeholders in one pass: a value that looks like a placeholder stays unchanged. */
  render<N extends PromptName>(name: N, values: PromptValues<N>): string {
    const byName: Readonly<Record<string, string>> = values;
    return (this.templates.get(name) ?? '').replace(PLACEHOLDER, (_, key: string) => byName[key] ?? '').trim();
  }
}

function readTemplate(folder: string, name: PromptName): string {
  const path = join(folder, `${name}.md`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`The prompt ${path} cannot be read. Build the server again to copy it.`, { cause });
  }
  const known: readonly string[] = PROMPT_PLACEHOLDERS[name];
  const found = [...text.matchAll(PLACEHOLDER)].map(([, key]) => key ?? '');
  const unknown = found.find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Error(`The prompt ${path} has the unknown placeholder {{${unknown}}}.`);
  const unused = known.find((key) => !found.includes(key));
  if (unused !== undefined) throw new Error(`The prompt ${path} does not use the placeholder {{${unused}}}.`);
  return text;
}
