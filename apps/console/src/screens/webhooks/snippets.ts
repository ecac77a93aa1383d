/** Code of a receiver that verifies a message, as in docs/webhooks.md. The secret is read from the environment. */
export const SNIPPETS = {
  typescript: `import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.ASSENT_WEBHOOK_SECRET);
app.post('/assent', express.raw({ type: 'application/json' }), (request, response) => {
  const event = webhook.verify(request.body, request.headers); // throws when it does not hold
  response.status(204).end(); // answer first, work afterwards
  void handle(event);
});`,
  python: `import base64, hashlib, hmac, time

def verify(body: bytes, headers, secret: str) -> bool:
    message_id, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, given) for given in headers["webhook-signature"].split(" "))`,
} as const;
