import type { AgentCapabilities } from '@ag-ui/core';
import { SERVER_VERSION } from '@assent/contract';

/** What this server can do, in the words of the AG-UI protocol. */
export const CAPABILITIES: AgentCapabilities = {
  identity: { name: 'Assent', type: 'assent', version: SERVER_VERSION },
  transport: { streaming: true, websocket: false, httpBinary: false, pushNotifications: false, resumable: true },
  tools: { supported: true, clientProvided: true, parallelCalls: true },
  state: { snapshots: true, deltas: true, memory: true, persistentState: true },
  multiAgent: { supported: false },
  reasoning: { supported: true, streaming: true, encrypted: false },
  humanInTheLoop: { supported: true, approvals: true, interrupts: true, feedback: true, approveWithEdits: true },
};
