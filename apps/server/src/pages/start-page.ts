import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import type { PagePolicy } from '@assent/gateway';
import type { RouteAccess } from '@assent/identity';

/** System fonts and colours with a contrast of at least 4.5:1 in both schemes: the page loads nothing and is readable for all. */
const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --line: #d5dae1; --text: #17202c; --soft: #4a5666; --link: #0b57b7; --code: #eef1f5;
}
@media (prefers-color-scheme: dark) {
  :root { --page: #10151c; --card: #18202a; --line: #334050; --text: #e8edf3; --soft: #a9b5c4; --link: #86b8ff; --code: #0c1117; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 3.5rem 1.25rem 4rem; }
h1 { margin: 0; font-size: 2.5rem; line-height: 1.15; letter-spacing: -0.02em; }
h2 { margin: 2.75rem 0 0.75rem; font-size: 1.2rem; }
p { margin: 0.75rem 0; }
.lead { font-size: 1.15rem; }
.soft, dd { color: var(--soft); }
a { color: var(--link); text-underline-offset: 0.2em; }
a:focus-visible, pre:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
dl { margin: 0; border: 1px solid var(--line); border-radius: 12px; background: var(--card); overflow: hidden; }
dl > div { display: grid; grid-template-columns: 9.5rem 1fr; gap: 0 1rem; padding: 0.8rem 1.1rem; }
dl > div + div { border-top: 1px solid var(--line); }
dt { font-weight: 600; }
dd { margin: 0; }
code, pre { font: 0.9em/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
pre { margin: 0.75rem 0; padding: 1rem 1.1rem; border: 1px solid var(--line); border-radius: 12px; background: var(--code); overflow-x: auto; }
pre code { overflow-wrap: normal; }
@media (max-width: 34rem) {
  main { padding-top: 2rem; }
  h1 { font-size: 2rem; }
  dl > div { grid-template-columns: 1fr; }
}
`;

/** The page of `/`, the same for every caller: it contains no data of the request, of a tenant or of the configuration. */
const START_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Assent</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Assent</h1>
<p class="lead">An app server for agents: it plans, shows exactly what it wants to change, and acts once a person has approved it.</p>
<p class="soft">This server is running. It has no web console yet; its APIs are below.</p>

<h2>What is where</h2>
<dl>
<div><dt><a href="/docs">/docs</a></dt><dd>Every REST route with schemas and examples, to try from the browser</dd></div>
<div><dt><a href="/openapi.json">/openapi.json</a></dt><dd>The same for machines, as OpenAPI 3.1</dd></div>
<div><dt><code>POST /rpc</code></dt><dd>JSON-RPC 2.0, to start and steer runs; the method <code>rpc.discover</code> describes all methods</dd></div>
<div><dt><a href="/readyz">/readyz</a></dt><dd>Whether this server takes work; <a href="/livez">/livez</a> says whether it is alive</dd></div>
<div><dt><a href="/metrics">/metrics</a></dt><dd>Metrics for Prometheus</dd></div>
</dl>

<h2>Keys</h2>
<p>All other requests need a key: <code>Authorization: Bearer KEY</code>. A local server has two, printed when it starts. In its folder, <code>npm run -s keys -- show developer</code> prints the one that starts runs, and <code>show reviewer</code> the one that approves. Elsewhere the operator creates them with <code>npm run keys -- create</code> (<code>docs/identity.md</code>).</p>

<h2>Start a run</h2>
<p>In a checkout of Assent, with the address of this page as <code>URL</code>:</p>
<pre tabindex="0"><code>URL=http://127.0.0.1:8080
KEY=$(npm run -s keys -- show developer)

curl -s "$URL/rpc" \\
  -H "authorization: Bearer $KEY" \\
  -H 'content-type: application/json' \\
  -d "{\\"jsonrpc\\":\\"2.0\\",\\"id\\":1,\\"method\\":\\"start\\",
       \\"params\\":$(cat examples/checkout-service/request.json)}"</code></pre>
<p>The answer names the run. It stops before its first change and waits for a decision: <code>GET /approvals</code> lists it, <code>GET /approvals/{id}/diff</code> shows the change, and <code>POST /approvals/{id}/approve</code> lets it happen, all three with the reviewer's key.</p>

<h2>Read on</h2>
<p>In the repository: <code>docs/quickstart.md</code> (this run, step by step), <code>docs/protocol.md</code> (methods, frames, errors), <code>docs/README.md</code> (everything else).</p>
</main>
</body>
</html>
`;

/** Forbids scripts, requests and frames, and allows the inline style by its hash. */
const START_PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const OPEN: RouteAccess & PagePolicy = { access: 'public', contentSecurityPolicy: START_PAGE_POLICY };

/** Serves the page for a person who opens the server's address in a browser. */
export function serveStartPage(fastify: FastifyInstance): void {
  fastify.get('/', { config: OPEN }, (_request, reply) => {
    void reply.type('text/html; charset=utf-8').send(START_PAGE);
  });
}
