import { APPROVAL_METHODS, STORY } from '@assent/contract';

/** An example of a request or a response, and its schema if the route declares none. */
export interface Example {
  readonly value: unknown;
  readonly schema?: object;
  /** Default: application/json */
  readonly type?: string;
}

/** Examples of one operation. */
export interface OperationExamples {
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly body?: Example;
  /** Absent: the response has no body. */
  readonly answer?: Example;
}

const HOOK_BODY = {
  session_id: '0199c1a2-b13e-7a21',
  cwd: '/home/ann/shop',
  hook_event_name: 'PermissionRequest',
  tool_name: 'Bash',
  tool_input: { command: 'npm publish' },
};
const HOOK_ANSWER = {
  hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: { behavior: 'allow' } },
};

/** Examples of the routes that are not in the method table. */
export const OTHER_EXAMPLES: Readonly<Record<string, OperationExamples>> = {
  'POST /approvals/{id}/callback': {
    parameters: {
      id: STORY.approvalId,
      'webhook-id': 'msg_0199c1a2-6b32-7ea6-9f5a-6b7c8d9eaf06',
      'webhook-timestamp': '1772441092',
      'webhook-signature': 'v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=',
    },
    body: { value: { decision: 'approve', hash: STORY.hash, comment: STORY.comment } },
    answer: { value: APPROVAL_METHODS['approval/decide'].example.result },
  },
  'POST /hooks/claude-code': {
    parameters: { hold: 540, onTimeout: 'ask' },
    body: { value: HOOK_BODY },
    answer: { value: HOOK_ANSWER },
  },
  'POST /hooks/codex': {
    parameters: { hold: 540, onTimeout: 'deny' },
    body: { value: HOOK_BODY },
    answer: { value: HOOK_ANSWER },
  },
  'POST /hooks/generic': {
    parameters: { hold: 540, onTimeout: 'deny' },
    body: {
      value: {
        agent: 'opencode',
        session: 'ses_1',
        tool: 'bash',
        input: { command: 'npm publish' },
        cwd: '/home/ann/shop',
      },
    },
    answer: {
      value: {
        decision: 'deny',
        state: 'rejected',
        message: `Rejected by "reviewer": Not on Fridays. (approval ${STORY.approvalId})`,
        approvalId: STORY.approvalId,
      },
    },
  },
  'GET /livez': {
    answer: {
      schema: { type: 'object', required: ['status'], properties: { status: { const: 'ok', type: 'string' } } },
      value: { status: 'ok' },
    },
  },
  'GET /readyz': {
    answer: {
      schema: {
        type: 'object',
        required: ['status', 'details'],
        properties: { status: { type: 'string' }, details: {} },
      },
      value: { status: 'ok', details: { database: { status: 'up' } } },
    },
  },
  'GET /metrics': {
    answer: {
      type: 'text/plain',
      schema: { type: 'string' },
      value: '# TYPE assent_approvals_pending gauge\nassent_approvals_pending 1\n',
    },
  },
};
