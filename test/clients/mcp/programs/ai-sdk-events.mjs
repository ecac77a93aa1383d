import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { createMCPClient, experimental_createMCPEventWebhook } from '@ai-sdk/mcp';

/** Subscribes to decisions, prints the first one, and unsubscribes. Each step is a line. */
const { ASSENT_URL: url, ASSENT_KEY: key, CERTIFICATE, CERTIFICATE_KEY } = process.env;
const EVENT = 'approval.decided';

const subscriptions = new Map();
const store = {
  get: async (name) => subscriptions.get(name),
  getById: async (id) => [...subscriptions.values()].find((each) => each.id === id),
  set: async (subscription) => void subscriptions.set(subscription.key, subscription),
  update: async (name, patch) => void subscriptions.set(name, { ...subscriptions.get(name), ...patch }),
  delete: async (name) => void subscriptions.delete(name),
};
const { promise: event, resolve: onEvent } = Promise.withResolvers();
const webhook = experimental_createMCPEventWebhook({
  store,
  onEvent: ({ event }) => onEvent(event),
  onError: (error) => console.log(`error: ${error}`),
});
const server = createServer(
  { cert: readFileSync(CERTIFICATE), key: readFileSync(CERTIFICATE_KEY) },
  async (request, response) => {
    const { method, headers } = request;
    const address = `https://${headers.host}${request.url}`;
    const body = method === 'POST' ? Buffer.concat(await request.toArray()) : null;
    const answer = await webhook(new Request(address, { method, headers, body }));
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  },
);
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
const callback = `https://127.0.0.1:${server.address().port}/events`;

const headers = { Authorization: `Bearer ${key}` };
const client = await createMCPClient({ transport: { type: 'http', url, headers }, experimental_events: { store } });
const { events } = await client.experimental_events.list();
console.log(`listed: ${events.some(({ name }) => name === EVENT)}`);
const subscribed = await client.experimental_events.subscribe({
  name: EVENT,
  delivery: { mode: 'webhook', url: callback },
});
console.log('subscribed');
const refreshed = await client.experimental_events.refresh({ id: subscribed.id });
console.log(`refreshed: ${refreshed.id === subscribed.id}`);
const { data } = await event;
console.log(`event: ${data.state} ${data.approvalId}`);
await client.experimental_events.unsubscribe({ id: subscribed.id });
console.log('unsubscribed');
await client.close();
server.closeAllConnections();
server.close();
