import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import pg from 'pg';
import { loadConfig } from './config.js';
import { createLog } from './log.js';
import { Orders } from './orders.js';
import { Payments } from './payments.js';

const log = createLog(process.stdout);
const [app, payments] = await Promise.all([loadConfig('app'), loadConfig('payments')]);
const { host, name, pool } = app.database;
const orders = new Orders(
  new pg.Pool({ host, database: name, min: pool.min, max: pool.max, connectionTimeoutMillis: pool.acquire_timeout_ms }),
);
const gateway = new Payments(payments, log);

const server = createServer(async (request, response) => {
  const started = performance.now();
  const order = await json(request);
  try {
    await orders.place(order, (placed) => gateway.authorize(placed));
    response.writeHead(201).end();
  } catch (error) {
    response.writeHead(504).end(JSON.stringify({ error: error.message }));
  }
  const took = `${Math.round(performance.now() - started)}ms`;
  log.info('http', { request: 'POST /checkout', status: response.statusCode, order: order.id, method: order.method, took });
});

server.listen(app.http.port, () => log.info('main', { listening: app.http.port }));
