export interface CurlRequest {
  readonly method: string;
  /** Of the server, with its query: `/runs?limit=20`. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request as a command for a shell. The key is `$KEY`: no credential is ever shown. */
export function curlOf({ method, path, body, headers = {} }: CurlRequest, origin: string): string {
  const parts = [
    `curl ${method === 'GET' ? '' : `-X ${method} `}${quoted(`${origin}${path}`)}`,
    `-H "Authorization: Bearer $KEY"`,
  ];
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (body !== undefined) {
    parts.push(`-H 'Content-Type: application/json'`, `-d ${quoted(JSON.stringify(body, null, 2))}`);
  }
  return parts.join(' \\\n  ');
}

/** One word of a shell: nothing in single quotes has a meaning but the quote itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
