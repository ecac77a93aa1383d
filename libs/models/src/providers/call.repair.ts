const CODE_BLOCK = /^\s*```[a-z]*\s*\n?([\s\S]*?)\n?\s*```\s*$/i;

/** Arguments of a call as an object. `problem`: why they cannot be read; `args` is then the unchanged input. */
export interface ReadArguments {
  readonly args: unknown;
  readonly problem: string | null;
}

/**
 * Reads arguments that a model wrote: an object, its JSON text, that text in a code block, or encoded twice. An empty
 * text is an empty object. Truncated text is reported as unreadable; missing parts are not guessed.
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
  // Encoded twice. The recursion ends because each decoding shortens the text.
  return typeof value === 'string' && value !== input ? readArguments(value) : { args: value, problem: null };
}
