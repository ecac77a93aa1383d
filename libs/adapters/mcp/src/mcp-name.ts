import type { JsonObject } from '@assent/contract';

/** Maximum characters of a local tool name, set by the registry. */
const LOCAL_NAME_MAX_CHARS = 128;
const LAST_CODE_POINT = 0x10ffff;
const ESCAPED = /_x([0-9a-f]{1,6})_/g;

/**
 * Builds `mcp.<server>.<tool>`. Writes a character that is invalid in local tool names, and an underscore that would look like an
 * escape, as `_x<hex of its code point>_`, so that names stay unique. Server names contain no dot.
 * @returns null for a name that is empty, too long, or invalid Unicode
 */
export function localName(server: string, tool: string): string | null {
  if (tool === '' || !tool.isWellFormed()) return null;
  const escaped = tool.replace(
    /_(?=x)|[^A-Za-z0-9_-]/gu,
    (character) => `_x${(character.codePointAt(0) ?? 0).toString(16)}_`,
  );
  const name = `mcp.${server}.${escaped}`;
  return name.length > LOCAL_NAME_MAX_CHARS ? null : name;
}

/** The inverse of `localName`. @returns null for a name that `localName` does not produce */
export function remoteName(name: string): { readonly server: string; readonly tool: string } | null {
  const [, server, escaped] = /^mcp\.([a-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(name) ?? [];
  if (server === undefined || escaped === undefined) return null;
  const tool = escaped.replace(ESCAPED, (_, hex: string) => {
    const code = Number.parseInt(hex, 16);
    return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : '';
  });
  return localName(server, tool) === name ? { server, tool } : null;
}

/**
 * The policy treats `path` as a workspace path. An argument of an external server is not a workspace path and would match
 * unrelated rules under that name, so it is renamed to `remote_path`; an argument already named so gets another prefix.
 */
export function localArgument(name: string): string {
  return /^(remote_)*path$/.test(name) ? `remote_${name}` : name;
}

export function remoteArgument(name: string): string {
  return /^(remote_)+path$/.test(name) ? name.slice('remote_'.length) : name;
}

export function renamed(args: JsonObject, rename: (name: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [rename(name), value]));
}
