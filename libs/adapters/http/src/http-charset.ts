const DEFAULT_CHARSET = 'utf-8';
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i;
/** Byte order marks. A mark takes precedence over the declared charset. */
const MARKS: readonly (readonly [charset: string, mark: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16be', [0xfe, 0xff]],
  ['utf-16le', [0xff, 0xfe]],
];

/**
 * Decodes a body with the charset of its content type, UTF-8 by default.
 * @param isCut the body was cut; drops an incomplete last character instead of failing
 * @returns null when the bytes are not valid in that charset
 */
export function decodeBody(body: Uint8Array, contentType: string | undefined, isCut: boolean): string | null {
  const declared = CHARSET.exec(contentType ?? '')?.[1];
  const marked = MARKS.find(([, mark]) => mark.every((byte, index) => body[index] === byte))?.[0];
  const charset = declared === undefined ? DEFAULT_CHARSET : (marked ?? declared);
  return decodeAs(charset, body, isCut) ?? (declared === undefined ? null : decodeAs(DEFAULT_CHARSET, body, isCut));
}

function decodeAs(charset: string, body: Uint8Array, isCut: boolean): string | null {
  try {
    const decoder = new TextDecoder(charset, { fatal: true });
    // Always decode as a stream: in one piece, Node 20 treats windows-1252 as latin1.
    const text = decoder.decode(body, { stream: true });
    return isCut ? text : text + decoder.decode();
  } catch {
    // The charset is unknown or the bytes are invalid in it; the caller reports it.
    return null;
  }
}
