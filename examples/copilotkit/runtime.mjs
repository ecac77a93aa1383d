import { createServer } from 'node:http';
import { HttpAgent } from '@ag-ui/client';
import { CopilotRuntime } from '@copilotkit/runtime/v2';
import { createCopilotNodeListener } from '@copilotkit/runtime/v2/node';

// The runtime of CopilotKit with Assent as its agent, at http://127.0.0.1:4000/api.
const { ASSENT_URL, ASSENT_KEY } = process.env;
const assent = new HttpAgent({ url: `${ASSENT_URL}/ag-ui`, headers: { authorization: `Bearer ${ASSENT_KEY}` } });
const runtime = new CopilotRuntime({ agents: { assent } });

createServer(createCopilotNodeListener({ runtime, basePath: '/api', cors: true })).listen(4_000, '127.0.0.1');
