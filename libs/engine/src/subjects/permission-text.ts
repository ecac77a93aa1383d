import type { PermissionContent } from '@assent/approvals';
import type { Json, JsonObject } from '@assent/contract';
import { cutText } from '@assent/platform';
import { diffText, isPatch, permissionPaths } from '@assent/tools';
import { visible } from './visible-text';

const TITLE_MAX_CHARS = 200;
const REASON_MAX_CHARS = 300;
/** Arguments for the title. The first that is present is shown. */
const SUBJECTS = ['command', 'file_path', 'filePath', 'notebook_path', 'path', 'url', 'pattern', 'query'];

/** Characters that could make a path look like lines of the diff. */
const UNQUOTED = /[\p{Cc}\u2028\u2029\\"]/u;

/** An edit of a file in the input, and the rest of the input. */
interface FileEdit {
  readonly patch: string;
  readonly rest: JsonObject;
}

/** One line that says what the agent wants. @param reason the agent's own words */
export function permissionTitle(content: PermissionContent, reason: string | null = null): string {
  const { agent, tool } = content;
  const line = subjectOf(content);
  const title = cutText(visible(`${agent}: ${tool}${line === '' ? '' : ` ${line}`}`), TITLE_MAX_CHARS);
  return reason === null ? title : `${title} (${cutText(oneLine(reason), REASON_MAX_CHARS)})`;
}

function subjectOf(content: PermissionContent): string {
  if (isPatch(content)) return permissionPaths(content).paths.join(', ');
  const subject = SUBJECTS.map((name) => content.input[name]).find((value) => typeof value === 'string');
  return typeof subject === 'string' ? (subject.trim().split('\n', 1)[0] ?? '') : '';
}

/** The whole question for a reviewer: the edit of a file as a diff, otherwise the command, and every other argument. */
export function permissionText(content: PermissionContent): string {
  const { agent, agentVersion, tool, input, cwd, session } = content;
  const edit = fileEditOf(tool, input);
  if (edit) return `${edit.patch}${others(edit.rest)}`;
  const { command, ...rest } = input;
  const version = agentVersion === null ? '' : ` ${oneLine(agentVersion)}`;
  const where = cwd === null ? '' : ` in ${oneLine(cwd)}`;
  const from = session === null ? '' : ` (session ${oneLine(session)})`;
  const who = `${agent}${version} asks to use ${tool}${where}${from}.\n`;
  return typeof command === 'string' ? `${who}\n${command}\n${others(rest)}` : `${who}${others(input)}`;
}

/** Line breaks in a name must not look like lines of the text. */
function oneLine(text: string): string {
  return visible(text).replaceAll('\n', '<U+A>');
}

function others(rest: JsonObject): string {
  return Object.keys(rest).length === 0 ? '' : `\n${JSON.stringify(rest, null, 2)}\n`;
}

/** Null: the input is not an edit that contains both texts. */
function fileEditOf(tool: string, input: JsonObject): FileEdit | null {
  if (isPatch({ tool, input })) return patchOf(input);
  const { file_path, filePath, old_string, oldString, new_string, newString, content, edits, ...rest } = input;
  // With two spellings of a property, only one would be shown, and the tool might read the other.
  const spellings = [
    [file_path, filePath],
    [old_string, oldString],
    [new_string, newString],
  ];
  if (spellings.some((pair) => pair.every((value) => value !== undefined))) return null;
  const path = file_path ?? filePath;
  const [before, after] = [old_string ?? oldString, new_string ?? newString];
  if (typeof path !== 'string' || path === '' || UNQUOTED.test(path)) return null;
  if (typeof before === 'string' && typeof after === 'string' && content === undefined && edits === undefined)
    return { patch: diffOf(path, before, after), rest };
  if (typeof content === 'string' && before === undefined && after === undefined && edits === undefined)
    return { patch: diffOf(path, null, content), rest };
  if (!isEdits(edits) || before !== undefined || after !== undefined || content !== undefined) return null;
  const patch = edits.map((edit) => diffOf(path, edit.old_string, edit.new_string)).join('');
  const more = edits.map(({ old_string: _old, new_string: _new, ...flags }) => flags);
  return { patch, rest: more.some((flags) => Object.keys(flags).length > 0) ? { ...rest, edits: more } : rest };
}

/** The agent's patch, unchanged. */
function patchOf({ command, input, patch, patchText, ...rest }: JsonObject): FileEdit | null {
  const given = [command, input, patch, patchText].filter((value) => value !== undefined);
  const [text] = given;
  return given.length === 1 && typeof text === 'string'
    ? { patch: text.endsWith('\n') ? text : `${text}\n`, rest }
    : null;
}

function diffOf(path: string, before: string | null, after: string): string {
  return diffText(path.replace(/^\/+/, ''), before, after).patch;
}

type Edit = JsonObject & { readonly old_string: string; readonly new_string: string };

function isEdits(value: Json | undefined): value is readonly Edit[] {
  const isEdit = (item: Json): boolean =>
    typeof item === 'object' &&
    item !== null &&
    !Array.isArray(item) &&
    typeof (item as JsonObject)['old_string'] === 'string' &&
    typeof (item as JsonObject)['new_string'] === 'string';
  return Array.isArray(value) && value.length > 0 && (value as readonly Json[]).every(isEdit);
}
