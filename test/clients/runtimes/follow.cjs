// The same with the client as CommonJS.
const { AssentClient, EMPTY_VIEW, reduce } = require('@assent/client');
const { AssentAgent } = require('@assent/client/ag-ui');
const { useRun } = require('@assent/client/react');
const { ReplayServer } = require('@assent/client/testing');
const { verify } = require('@assent/client/webhooks');

async function follow([url, runId]) {
  let view = EMPTY_VIEW;
  for await (const frame of new AssentClient({ url, credential: 'key' }).frames(runId)) view = reduce(view, frame);
  const entries = [AssentAgent, useRun, ReplayServer, verify].map((entry) => typeof entry);
  console.log(JSON.stringify({ seq: view.seq, state: view.state, entries }));
}

void follow(process.argv.slice(2));
