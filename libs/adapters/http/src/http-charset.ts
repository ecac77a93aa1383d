const DEFAULT_CHARSET = 'utf-8';
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]+)/i;
/** A byte order mark names the encoding better than a header does. */
const MARKS: readonly (readonly [charset: string, mark: readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16be', [0xfe, 0xff]],
  ['utf-16le', [0xff, 0xfe]],
];

/**
 * A body as text: by the charset that its content type declares, UTF-8 without one.
 * @param isCut a character that was cut in two is left out, and is no error
 * @returns null when the bytes are no text of it
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
    // As a stream always: in one piece, Node 20 takes windows-1252 for latin1.
    const text = decoder.decode(body, { stream: true });
    return isCut ? text : text + decoder.decode();
  } catch {
    // An unknown charset, or bytes that are not of it; the caller says so.
    return null;
  }
}
