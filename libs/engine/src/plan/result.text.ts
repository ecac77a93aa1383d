import type { JsonObject } from '@assent/contract';
import { cutText } from '@assent/platform';

/** Members of an output that hold its text, the first that is there. */
const TEXT_MEMBERS = ['content', 'text', 'body', 'stdout', 'output'] as const;
const NUMBER_WIDTH = 5;

/**
 * The outcome of a step for a model: text of an output as it is, lines of a file with their numbers, everything else as JSON.
 * What does not fit is cut by whole lines, and the text says so.
 */
export function resultText(outcome: JsonObject, maxChars: number): string {
  const { result, ...rest } = outcome;
  const output = isObject(result) ? result['output'] : undefined;
  if (!isObject(result) || !isObject(output)) return cutLines(JSON.stringify(outcome), maxChars);
  const review = isObject(rest['review']) ? `\nreview: ${JSON.stringify(rest['review'])}` : '';
  return `${outputText(output, maxChars)}${review}`;
}

function outputText(output: JsonObject, maxChars: number): string {
  const member = TEXT_MEMBERS.find((name) => typeof output[name] === 'string');
  const text = member === undefined ? undefined : output[member];
  if (member === undefined || typeof text !== 'string') return cutLines(JSON.stringify(output), maxChars);
  const others = Object.fromEntries(Object.entries(output).filter(([name]) => name !== member));
  if (isFileRead(output)) return fileText(output, maxChars);
  const head = Object.keys(others).length === 0 ? '' : `${JSON.stringify(others)}\n`;
  return `${head}${cutLines(text, maxChars)}`;
}

interface FileRead {
  readonly path: string;
  readonly content: string;
  readonly offset: number;
  readonly totalLines: number;
}

function fileText({ path, content, offset, totalLines }: FileRead, maxChars: number): string {
  const lines = content.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const numbered = lines.map((line, index) => `${String(offset + index).padStart(NUMBER_WIDTH)}| ${line}`);
  const shown: string[] = [];
  let chars = 0;
  for (const line of numbered) {
    chars += line.length + 1;
    if (chars > maxChars && shown.length > 0) break;
    shown.push(cutText(line, maxChars));
  }
  const last = offset + shown.length - 1;
  const more =
    last < totalLines ? `\n[lines ${offset}-${last} of ${totalLines}: continue with offset ${last + 1}]` : '';
  return `${path}, lines ${offset}-${last} of ${totalLines}\n${shown.join('\n')}${more}`;
}

function cutLines(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const start = cutText(text, maxChars);
  const end = start.lastIndexOf('\n');
  const kept = end > 0 ? start.slice(0, end) : start;
  return `${kept}\n[cut: ${text.length - kept.length} more characters]`;
}

function isFileRead(output: JsonObject): output is JsonObject & FileRead {
  const { path, content, offset, totalLines } = output;
  return [path, content].every((text) => typeof text === 'string') && [offset, totalLines].every(Number.isInteger);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
