/** Orders in Postgres. */
export class Orders {
  constructor(pool) {
    this.pool = pool;
  }

  /** Stores the order and runs `pay` in the same transaction: an order without a payment is never seen. */
  async place(order, pay) {
    const client = await this.pool.connect();
    try {
      await client.query('begin');
      await client.query('insert into orders (id, customer, cents) values ($1, $2, $3)', [order.id, order.customer, order.cents]);
      const payment = order.method === 'card' ? await pay(order) : { method: order.method };
      await client.query('update orders set payment = $2 where id = $1', [order.id, payment]);
      await client.query('commit');
      return payment;
    } catch (error) {
      await client.query('rollback');
      throw error;
    } finally {
      client.release();
    }
  }
}
