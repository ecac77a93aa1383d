import { codeOf } from '@assent/platform';
import { fail, ok, warn, type Finding } from './finding';
import { messageOf } from '../message';

const TIMEOUT_MS = 10_000;
/** The server writes to an idle stream every 15 s; a first byte that arrives later was buffered. */
const FIRST_BYTE_MS = 20_000;
const NO_BUFFER = 'nginx: proxy_buffering off; docs/deployment.md has tested configurations';

export interface ProxyCheck {
  /** Address that browsers and agents use. */
  readonly url: string;
  /** A key with the scope `approval:read`; null: streams are not checked. */
  readonly key: string | null;
  /** Maximum time until the first bytes of a stream, in milliseconds. */
  readonly firstByteMs?: number;
}

/**
 * Checks the path from clients to a running server: it can be reached, headers arrive, and a stream arrives as it is
 * written.
 */
export async function proxyFindings({ url, key, firstByteMs = FIRST_BYTE_MS }: ProxyCheck): Promise<Finding[]> {
  const subject = url;
  try {
    const answer = await fetch(`${url}/readyz`, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) });
    const body = await answer.text();
    if (!answer.ok || !body.includes('"database"')) return [unreached(subject, answer.status, body)];
    const findings = [ok(subject, 'a ready server answers')];
    if (answer.headers.get('x-content-type-options') !== 'nosniff') {
      findings.push(warn(subject, 'the proxy removes headers of the server (x-content-type-options). Pass them on.'));
    }
    if (key === null) {
      findings.push(warn(subject, 'streams were not looked at: give a key with approval:read as ASSENT_KEY.'));
      return findings;
    }
    return [...findings, await streamFinding(subject, url, key, firstByteMs)];
  } catch (error) {
    // fetch throws one error for everything, with the reason as its cause.
    const { cause = error } = error as { readonly cause?: unknown };
    return [
      fail(subject, `no server answers (${codeOf(cause) ?? messageOf(cause)}). Start it, or correct the address.`),
    ];
  }
}

function unreached(subject: string, status: number, body: string): Finding {
  const detail = /"detail":"([^"]+)"/.exec(body)?.[1];
  return fail(subject, detail ?? `/readyz answers ${status}, not as Assent does. Correct the address, or the proxy.`);
}

async function streamFinding(subject: string, url: string, key: string, firstByteMs: number): Promise<Finding> {
  const abort = new AbortController();
  const timer = setTimeout(() => {
    abort.abort();
  }, firstByteMs);
  try {
    const answer = await fetch(`${url}/approvals/events?after=0`, {
      headers: { authorization: `Bearer ${key}`, accept: 'text/event-stream' },
      signal: abort.signal,
    });
    if (answer.status === 401 || answer.status === 403) {
      return warn(
        subject,
        `streams were not looked at: the key is refused (${answer.status}). It needs approval:read.`,
      );
    }
    if (!answer.ok) return fail(subject, `a stream is refused with ${answer.status}. Look at the proxy's log.`);
    const encoding = answer.headers.get('content-encoding');
    if (encoding !== null)
      return fail(
        subject,
        `the proxy compresses streams (${encoding}), which delays them. Exclude text/event-stream from compression.`,
      );
    const first = await answer.body?.getReader().read();
    return first?.done === false
      ? ok(subject, 'a stream arrives as it is written')
      : fail(subject, "a stream ends before its first event. Look at the proxy's log.");
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    const seconds = Math.round(firstByteMs / 1_000);
    return fail(
      subject,
      `a stream brings nothing for ${seconds} s: a proxy holds it back. Turn its buffering off (${NO_BUFFER}).`,
    );
  } finally {
    clearTimeout(timer);
    abort.abort();
  }
}
