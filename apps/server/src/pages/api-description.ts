import type { OpenAPIObject } from '@nestjs/swagger';
import { METHODS, facesOf, type MethodRow, type RestFace } from '@assent/contract';
import { OTHER_EXAMPLES, type Example, type OperationExamples } from './other.examples';

/** In reading order: the work, its control, its maintenance. */
export const TAGS: Readonly<Record<string, string>> = {
  runs: 'What agents do: runs, their frames as a stream, and the scored trees behind each step.',
  approvals: 'What waits for a person: look at the exact change, then approve, reject or revise it.',
  hooks: 'Permission hooks of coding agents: each question is held open until a rule or a person has decided.',
  audit: 'Who did what, on which content: a hash chain that can be exported and verified.',
  tools: 'What the tool policy says about a call, without calling anything.',
  memory: 'What was learnt from runs, the plans that change it, and whether it helps.',
  webhooks: 'Signed messages to other systems about runs and approvals, and decisions sent back by them.',
  keys: 'API keys of the tenant: create, list, revoke.',
  identities: 'Accounts at other providers, and the subjects for which they decide by callback.',
  sessions: 'Sessions of the console: API keys that end by themselves, and who the caller is.',
  flags: 'Features that a tenant switches off without a restart.',
  pause: 'Stop everything that the runs of a tenant do, and resume it.',
  operations: 'Health and metrics; no key needed.',
};

export const DESCRIPTION = `Assent runs agents that plan, show exactly what they want to change, and act once a person has approved it.

**Keys.** Press *Authorize* and enter an API key or a JSON web token. A local server prints its two keys when it starts; \`npm run -s keys -- show developer\` and \`show reviewer\` print them again. The reviewer decides, the developer does everything else.

**Runs start over JSON-RPC**, not here: \`POST /rpc\` with the method \`start\`; its method \`rpc.discover\` describes all others. This page has the reads, the decisions and the administration.

**Decisions name what was seen.** Read an approval, then send its \`hash\` in quotes as \`If-Match\`. If the content has changed since, the answer is 412 and nothing is decided.

**Errors** are problem details (RFC 9457): \`type\` names the reason, \`detail\` says what to do, \`retryable\` whether the same request can succeed later.`;

const NO_CONTENT = 204;
const PROBLEM = {
  type: 'urn:assent:error:not-found',
  title: 'Not found',
  status: 404,
  detail: 'There is no run 0199c1a2-4b3c-7d21-8e5f-6a7b8c9d0e01. List them with run/list or GET /runs.',
  retryable: false,
  requestId: '0199c1a2-d2a9-751d-8fc1-d2e3f405160d',
};
const PROBLEM_SCHEMA = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'requestId'],
  properties: {
    type: { type: 'string', description: 'urn:assent:error:<reason>' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    retryable: { type: 'boolean' },
    requestId: { type: 'string' },
  },
} as const;

/** The parts of an OpenAPI document that this file completes. */
interface Media {
  schema?: unknown;
  example?: unknown;
}
interface Operation {
  parameters?: { name: string; required?: boolean; example?: unknown; schema?: { examples?: unknown[] } }[];
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, { description?: string; content?: Record<string, Media> }>;
}

interface Declared {
  readonly row: MethodRow;
  readonly face: RestFace;
}

/** The operations of the method table, each as `GET /path/{id}`. */
const DECLARED = new Map<string, Declared>(
  Object.values<MethodRow>(METHODS).flatMap((row) =>
    facesOf(row).map((face) => [`${face.verb} ${face.path}`, { row, face }] as const),
  ),
);

/** Completes the controllers' declarations: an example for each request and response, and a missing schema. */
export function withExamples(document: OpenAPIObject): OpenAPIObject {
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const [verb, operation] of Object.entries(operations as Record<string, Operation>)) {
      const key = `${verb.toUpperCase()} ${path}`;
      const declared = DECLARED.get(key);
      const {
        parameters = {},
        body,
        answer,
      } = declared ? examplesOf(declared, operation) : (OTHER_EXAMPLES[key] ?? {});
      for (const parameter of operation.parameters ?? []) {
        const example = parameters[parameter.name];
        // Swagger UI sends the example of a parameter by default: an unintended filter would hide results.
        if (parameter.required) parameter.example = example;
        else parameter.schema = { ...parameter.schema, examples: [example] };
      }
      if (body) {
        operation.requestBody ??= { required: true, content: {} };
        put(operation.requestBody.content, body);
      }
      const success = Object.entries(operation.responses).find(([status]) => status.startsWith('2'))?.[1];
      if (success && answer) put((success.content ??= {}), answer);
      if (success && !success.description) success.description = answer ? 'Done' : 'Done; no body';
      const failure = (operation.responses['default'] ??= { description: 'Problem details (RFC 9457)' });
      failure.content = { 'application/problem+json': { schema: PROBLEM_SCHEMA, example: PROBLEM } };
    }
  }
  return document;
}

/** Parameters and body are the parts of the example's params that the operation declares as such. */
function examplesOf({ row, face }: Declared, { requestBody }: Operation): OperationExamples {
  const { params = {}, result } = face.example ?? row.example ?? {};
  const given = params as Readonly<Record<string, unknown>>;
  const schema = requestBody?.content['application/json']?.schema as { properties?: object } | undefined;
  const names = new Set(Object.keys(schema?.properties ?? {}));
  const body = Object.fromEntries(Object.entries(given).filter(([name]) => names.has(name)));
  const [type = 'application/json'] = face.produces ?? [];
  const isText = type !== 'application/json';
  return {
    parameters: {
      ...given,
      ...(face.id === undefined ? {} : { id: given[face.id] }),
      ...(face.ifMatch === undefined ? {} : { 'If-Match': `"${String(given[face.ifMatch])}"` }),
    },
    ...(requestBody ? { body: { value: body } } : {}),
    ...(face.status === NO_CONTENT
      ? {}
      : { answer: { type, value: result, ...(isText ? { schema: { type: 'string' } } : {}) } }),
  };
}

function put(content: Record<string, Media>, { type = 'application/json', schema, value }: Example): void {
  const media = (content[type] ??= {});
  media.schema ??= JSON.parse(JSON.stringify(schema ?? {})) as object;
  media.example = value;
}
