import { setTimeout as delay } from 'node:timers/promises';

/** Authorises card payments at Northpay. */
export class Payments {
  constructor({ gateway }, log) {
    this.gateway = gateway;
    this.log = log;
  }

  /** Tries `retries` times more. The order id is the idempotency key, so that no card is charged twice. */
  async authorize(order) {
    const { retries, backoff_ms: backoffMs } = this.gateway;
    for (let attempt = 1; attempt <= retries + 1; attempt += 1) {
      const started = performance.now();
      try {
        return await this.send(order);
      } catch (error) {
        const elapsed = Math.round(performance.now() - started);
        this.log.warn('payments', { order: order.id, attempt: `${attempt}/${retries + 1}`, error: error.name, elapsed: `${elapsed}ms` });
        await delay(backoffMs * attempt);
      }
    }
    throw new Error(`order ${order.id}: no authorisation after ${retries + 1} attempts`);
  }

  async send({ id, card, cents, currency }) {
    const { endpoint, timeout_ms: timeoutMs } = this.gateway;
    const response = await fetch(`${endpoint}/authorizations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': id },
      body: JSON.stringify({ card, cents, currency }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) throw new Error(`gateway answered ${response.status}`);
    return response.json();
  }
}
