import type { JsonObject } from '@assent/contract';
import { cutText } from '@assent/platform';
import type { OutcomeCut } from '@assent/planner';

/** Members of an output that may hold its text. The first that exists is used. */
const TEXT_MEMBERS = ['content', 'text', 'body', 'stdout', 'output'] as const;
const NUMBER_WIDTH = 5;

/**
 * The outcome of a step for a model: text output unchanged, lines of a file with numbers, a person's answer verbatim,
 * everything else as JSON. A longer text is cut by whole lines and says so. The review is not included, see
 * `reviewText`.
 */
export function resultText(outcome: JsonObject, maxChars: number): string {
  const rest = Object.fromEntries(Object.entries(outcome).filter(([name]) => name !== 'review'));
  const { kind, result, cut } = outcome;
  if (kind === 'answered') return answerText(outcome);
  const output = isObject(result) ? result['output'] : undefined;
  if (!isObject(output)) return cutLines(JSON.stringify(rest), maxChars);
  return `${outputText(output, maxChars)}${storedCutText(cut, output)}`;
}

/** Describes how the output was cut before it was stored. A file read itself says where to continue. */
function storedCutText(cut: unknown, output: JsonObject): string {
  if (!isObject(cut) || isFileRead(output)) return '';
  const { member, kept, of } = cut as JsonObject & OutcomeCut;
  return `\n[cut: "${member}" has ${of.toLocaleString('en-US')}, the first ${kept.toLocaleString('en-US')} are here]`;
}

/** People's comments on the proposal of a step, verbatim; null: nobody decided on it. */
export function reviewText({ review }: JsonObject): string | null {
  if (!isObject(review)) return null;
  const { decision, by, comment, revised, votes, comments } = review;
  const changed = isObject(revised) ? revised : null;
  const verb = decision === 'reject' ? 'rejected it' : 'approved it';
  const how = changed === null ? '' : `, as changed by ${textOf(changed['by'])}`;
  return [
    `${textOf(by)} ${verb}${how}.${commentText(comment)}`,
    ...(Array.isArray(votes) ? votes.filter(isObject) : []).map(
      (vote) => `${textOf(vote['by'])} voted to ${textOf(vote['decision'])} it.${commentText(vote['comment'])}`,
    ),
    ...(Array.isArray(comments) ? comments.filter(isObject) : []).map(
      (said) => `${textOf(said['by'])} changed it.${commentText(said['comment'])}`,
    ),
    ...(changed === null ? [] : [`As proposed / as approved:\n${textOf(changed['changes'])}`]),
  ].join('\n');
}

/** A person's answer, and the assumptions it resolved. */
function answerText({ answer, by, resolved }: JsonObject): string {
  const { option, text, truth } = isObject(answer) ? answer : {};
  const settled = Array.isArray(resolved) && resolved.length > 0 ? [`settled: ${JSON.stringify(resolved)}`] : [];
  return [
    isObject(answer) ? `${textOf(by)} answered:` : `${textOf(by)} declined to answer.`,
    ...(typeof truth === 'boolean' ? [truth ? 'yes' : 'no'] : []),
    ...(typeof option === 'string' ? [option] : []),
    ...(typeof text === 'string' ? [text] : []),
    ...settled,
  ].join('\n');
}

function commentText(comment: unknown): string {
  return typeof comment === 'string' && comment !== '' ? ` Comment:\n${comment}` : '';
}

/** Rows of older versions may lack a member. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : 'somebody';
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
  const { lines, form } = fileLines(content);
  const numbered = lines.map((line, index) => `${String(offset + index).padStart(NUMBER_WIDTH)}| ${line}`);
  const shown: string[] = [];
  let chars = 0;
  for (const line of numbered) {
    chars += line.length + 1;
    if (chars > maxChars && shown.length > 0) break;
    shown.push(cutText(line, maxChars));
  }
  const last = offset + shown.length - 1;
  const range = `lines ${offset}-${last} of ${totalLines.toLocaleString('en-US')}`;
  const more = last < totalLines ? `\n[${range}: continue with offset ${last + 1}]` : '';
  return `${path}, ${range}, ${form}\n${shown.join('\n')}${more}`;
}

/** Lines without terminators, if all lines end alike, and a description of the text's format. */
function fileLines(content: string): { readonly lines: readonly string[]; readonly form: string } {
  const hasMark = content.startsWith('\uFEFF');
  const text = hasMark ? content.slice(1) : content;
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const ends = text.split('\n').length - 1;
  const crlf = text.split('\r\n').length - 1;
  const isCrlf = crlf > 0 && crlf === ends;
  const lineEnds = isCrlf ? 'CRLF' : crlf > 0 ? 'mixed' : 'LF';
  return {
    lines: isCrlf ? lines.map((line) => line.replace(/\r$/u, '')) : lines,
    form: `UTF-8${hasMark ? ' with a byte order mark' : ''}${ends === 0 ? '' : `, ${lineEnds} line ends`}`,
  };
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
