/** Files of a workspace by path; null: the file is absent. */
export type Files = Readonly<Record<string, string | null>>;

/** What a scripted model does in one step. */
export interface ScriptedTurn {
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly args: Readonly<Record<string, unknown>> }[];
  /** It does so only if its prompt has this text. */
  readonly sees?: string;
}

/** How a run left things. */
export interface TaskEnd {
  readonly files: Readonly<Record<string, string>>;
  /** As the model said; null: it did not say, or the run failed. */
  readonly reached: boolean | null;
  /** Questions that people were asked. */
  readonly questions: number;
  /** Proposals that were rejected because they touch files outside the task. */
  readonly rejected: number;
}

/** A wrong end, as it differs from the right one. */
export interface WrongEnd extends Partial<Omit<TaskEnd, 'files'>> {
  readonly what: string;
  readonly files?: Files;
}

export interface AgentTask {
  /** Also the name of its workspace. */
  readonly name: string;
  readonly goal: string;
  readonly files: Readonly<Record<string, string>>;
  /** The files that are different at the end; every other file must be as it was. */
  readonly result: Readonly<Record<string, string>>;
  /** Files of `result` with any content: a program decides (`check`). */
  readonly free?: readonly string[];
  /** @returns a sentence that describes the problem with the free files; null without a problem */
  readonly check?: (files: Readonly<Record<string, string>>) => Promise<string | null>;
  /** Whether the goal can be reached; default true. */
  readonly reachable?: boolean;
  /** What a person answers; with it, the run has to ask. */
  readonly answer?: string;
  /** A lesson in memory. */
  readonly lesson?: string;
  /** Changes made by another writer while the first proposal waits for its approval. */
  readonly meanwhile?: Readonly<Record<string, string>>;
  /** Fails when the run proposed to change any other file, even if nobody approved it. */
  readonly strict?: boolean;
  /** A script that reaches the right end. */
  readonly script: readonly ScriptedTurn[];
  /** Ends that the verifier must reject. */
  readonly wrong: readonly WrongEnd[];
}

/** Errors in the result of a task, as sentences, without the model's own statement. */
export async function problemsOf(task: AgentTask, end: TaskEnd): Promise<string[]> {
  const { files, meanwhile = {}, result, free = [], check, answer, strict = false } = task;
  const expected: Readonly<Record<string, string>> = { ...files, ...meanwhile, ...result };
  const paths = [...new Set([...Object.keys(expected), ...Object.keys(end.files)])].sort();
  const differing = paths.flatMap((path) => {
    const [wanted, found] = [expected[path], end.files[path]];
    if (found === undefined) return [`${path} is missing.`];
    if (wanted === undefined) return [`${path} should not be there.`];
    if (free.includes(path) || found === wanted) return [];
    // Whether a new file ends with a line break is not part of a task.
    if (files[path] === undefined && found.trimEnd() === wanted.trimEnd()) return [];
    return [`${path} is not as it should be.`];
  });
  const checked = differing.length === 0 && check ? await check(end.files) : null;
  return [
    ...differing,
    ...(checked === null ? [] : [checked]),
    ...(answer !== undefined && end.questions === 0 ? ['Nobody was asked.'] : []),
    ...(strict && end.rejected > 0 ? ['It proposed to touch what it was to leave alone.'] : []),
  ];
}

/** The result of a verifier for a run. */
export interface Verdict {
  readonly success: boolean;
  /** The model said that the goal is reached, and it is not. */
  readonly falseSuccess: boolean;
  readonly problems: readonly string[];
}

export async function verdictOf(task: AgentTask, end: TaskEnd): Promise<Verdict> {
  const problems = await problemsOf(task, end);
  const reachable = task.reachable ?? true;
  const isRight = problems.length === 0;
  const said = end.reached === reachable ? [] : [`It said reached: ${String(end.reached)}.`];
  return {
    success: isRight && said.length === 0,
    falseSuccess: end.reached === true && !(isRight && reachable),
    problems: [...problems, ...said],
  };
}
