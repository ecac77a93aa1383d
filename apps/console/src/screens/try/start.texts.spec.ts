import { newIdempotencyKey, typeScriptOf } from './start.texts';

describe('the request as a program', () => {
  it('holds the params and names the key by its variable', () => {
    const text = typeScriptOf('http://127.0.0.1:8080', { goal: 'Look' });
    expect(text).toContain('process.env.KEY');
    expect(text).toContain('"goal": "Look"');
  });
});

describe('an idempotency key', () => {
  it('has 128 random bits as hexadecimal digits', () => {
    const key = newIdempotencyKey((bytes) => bytes.fill(10));
    expect(key).toBe('0a'.repeat(16));
  });
});
