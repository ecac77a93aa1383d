const CODE_BLOCK = /^\s*```[a-z]*\s*\n?([\s\S]*?)\n?\s*```\s*$/i;

/** Arguments of a call as an object. `problem`: why they cannot be read; `args` is then the input. */
export interface ReadArguments {
  readonly args: unknown;
  readonly problem: string | null;
}

/**
 * The arguments that a model wrote: an object, JSON text of one, the same in a code block or encoded twice. An empty text is
 * an empty object. Text that is cut off stays unreadable: what is missing is not guessed.
 */
export function readArguments(input: unknown): ReadArguments {
  if (input === null || input === undefined) return { args: {}, problem: null };
  if (typeof input !== 'string') return { args: input, problem: null };
  const text = CODE_BLOCK.exec(input)?.[1] ?? input;
  if (text.trim() === '') return { args: {}, problem: null };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { args: input, problem: 'its arguments are not valid JSON' };
  }
  // Encoded twice: each decoding makes the text shorter.
  return typeof value === 'string' && value !== input ? readArguments(value) : { args: value, problem: null };
}
