// The page of ag-ui.browser.ts: has a run, and decides on its interrupts.
import { HttpAgent } from '@ag-ui/client';

const { url, key, props } = globalThis.ASSENT;
const agent = new HttpAgent({ url: `${url}/ag-ui`, headers: { authorization: `Bearer ${key}` } });
const element = (id) => document.getElementById(id);

async function turn(parameters) {
  await agent.runAgent(parameters, {
    onRunFailed: ({ error }) => {
      element('error').textContent = String(error);
    },
  });
  const { state, diff } = agent.state.assent;
  element('state').textContent = state;
  element('patch').textContent = diff?.patch ?? '';
  element('said').textContent = agent.messages.at(-1).content ?? '';
  element('approve').disabled = agent.pendingInterrupts.length === 0;
}

element('start').onclick = () => {
  agent.addMessage({ id: '1', role: 'user', content: 'Write a file from a page' });
  return turn({ forwardedProps: props });
};
element('approve').onclick = () => {
  const [{ id, responseSchema }] = agent.pendingInterrupts;
  const payload = { decision: 'approve', hash: responseSchema.properties.hash.const };
  return turn({ resume: [{ interruptId: id, status: 'resolved', payload }] });
};
