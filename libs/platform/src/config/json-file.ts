import { readFile } from 'node:fs/promises';
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { AssentError } from '@assent/contract';
import { codeOf } from '../embedded-postgres/system-error';
import { StartError } from './start.error';

/** Editors on Windows write a byte order mark; JSON does not allow it (RFC 8259, section 8.1). */
const BYTE_ORDER_MARK = '\ufeff';

/** As JSON.parse reads it. */
const STRICT = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };

/**
 * Validates a JSON file that a setting names.
 * @param check throws AssentError with a JSON pointer into the file, and a message that names the setting
 * @throws StartError with the path, line and column of the fault
 */
export async function checkJsonFile(setting: string, file: string, check: () => unknown): Promise<void> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    const why = codeOf(cause) ?? 'unknown error';
    throw new StartError(
      [`${setting}: ${file} cannot be read (${why}). Check that it is a file and that the server may read it.`],
      { cause },
    );
  });
  const at = (offset: number) => `${file}:${positionOf(text, offset)}`;
  const error = syntaxErrorOf(text);
  if (error) {
    throw new StartError([
      `${at(error.offset)}: ${setting} is not JSON: ${error.problem}. Correct it and start again.`,
    ]);
  }
  try {
    await check();
  } catch (cause) {
    if (!(cause instanceof AssentError)) throw cause;
    const { pointer } = cause.details;
    const offset = offsetOf(text, typeof pointer === 'string' ? pointer : '');
    throw new StartError([`${at(offset)}: ${cause.message}`], { cause });
  }
}

/** Null: it is JSON. */
export function syntaxErrorOf(text: string): { readonly offset: number; readonly problem: string } | null {
  try {
    JSON.parse(text);
    return null;
  } catch {
    if (text.startsWith(BYTE_ORDER_MARK)) return { offset: 0, problem: 'it begins with a byte order mark' };
    const errors: ParseError[] = [];
    parseTree(text, errors, STRICT);
    const [first] = errors;
    if (!first) return { offset: 0, problem: 'it cannot be parsed' };
    // `CommaExpected`
    const words = printParseErrorCode(first.error).replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ');
    return { offset: first.offset, problem: words.toLowerCase() };
  }
}

/** The position of the value at a JSON pointer, or of its nearest existing ancestor. */
export function offsetOf(text: string, pointer: string): number {
  let node: Node | undefined = parseTree(text);
  for (const part of pointer.split('/').slice(1)) {
    const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
    const next: Node | undefined = node && findNodeAtLocation(node, [node.type === 'array' ? Number(name) : name]);
    if (!next) break;
    node = next;
  }
  // For a property, the position of its name, because readers search for that.
  return (node?.parent?.type === 'property' ? node.parent.offset : node?.offset) ?? 0;
}

/** `line:column`, both from 1. */
export function positionOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}
