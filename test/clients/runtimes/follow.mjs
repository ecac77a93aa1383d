// Follows the run of the address with the client as an ES module, and prints what the run has come to.
import { AssentClient, EMPTY_VIEW, reduce } from '@assent/client';
import { AssentAgent } from '@assent/client/ag-ui';
import { useRun } from '@assent/client/react';
import { ReplayServer } from '@assent/client/testing';
import { verify } from '@assent/client/webhooks';

const [url, runId] = process.argv.slice(2);
let view = EMPTY_VIEW;
for await (const frame of new AssentClient({ url, credential: 'key' }).frames(runId)) view = reduce(view, frame);
const entries = [AssentAgent, useRun, ReplayServer, verify].map((entry) => typeof entry);
console.log(JSON.stringify({ seq: view.seq, state: view.state, entries }));
