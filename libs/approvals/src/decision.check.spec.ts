import type { Credential, Principal } from '@assent/contract';
import type { ApprovalRecord } from './approval.record';
import { checkDecision, decisionRight } from './decision.check';

const HASH = 'sha256:1';

const asked = (requester: string, runCredential: Credential | null): ApprovalRecord => ({
  id: 'a',
  tenantId: 't',
  runId: 'r',
  step: 1,
  diffId: 'd',
  subjectType: 'diff',
  subjectId: null,
  requestId: 'q',
  state: 'pending',
  hash: HASH,
  revision: 1,
  author: null,
  version: 0,
  rationale: null,
  tool: 'x',
  reverts: null,
  workspace: 'w',
  requester,
  runCredential,
  rule: 'default',
  goal: '',
  files: [],
  actionId: null,
  terms: null,
  risks: [],
  agendaDone: 0,
  votes: [],
  createdAt: new Date(0),
  expiresAt: new Date(1),
  overdue: false,
  decision: null,
  actor: null,
  decidedHash: null,
  comment: null,
  decidedAt: null,
  decidedVia: null,
});

const reviewer = (subject: string, credential?: Credential): Principal => ({
  tenantId: 't',
  subject,
  scopes: new Set<never>(),
  roles: new Set<string>(),
  ...(credential && { credential }),
});

const decide = (principal: Principal, approval: ApprovalRecord) =>
  checkDecision(principal, { decision: 'approve', hash: HASH }, approval, 'deny');

describe('who may decide', () => {
  it.each<[string, Principal, ApprovalRecord]>([
    ['somebody else with a token, as the requester has one', reviewer('bob', 'token'), asked('ann', 'token')],
    ['somebody else with a built-in key', reviewer('reviewer', 'local'), asked('developer', 'local')],
    ['somebody else with another key', reviewer('bob', 'key:2'), asked('ann', 'key:1')],
    ['somebody whose name only begins like the requester', reviewer('ann', 'token'), asked('anna', 'token')],
    ['a callback, which has no credential', reviewer('webhook:1'), asked('ann', null)],
  ])('is %s', (_, principal, approval) => {
    expect(decide(principal, approval)).toBe(false);
  });

  it.each<[string, Principal, ApprovalRecord]>([
    ['the requester', reviewer('ann', 'token'), asked('ann', 'key:1')],
    ['the key that the run works with, under another name', reviewer('bob', 'key:1'), asked('ann', 'key:1')],
    ['the owner of the name that asked', reviewer('ann', 'key:1'), asked('ann/ci', 'key:2')],
    [
      'a callback by a key that the requester has issued',
      { ...reviewer('webhook:1'), person: 'ann' },
      asked('ann', null),
    ],
  ])('is not %s', (_, principal, approval) => {
    expect(() => decide(principal, approval)).toThrow(/cannot decide it/);
  });
});

describe('a vote through a key that speaks for many subjects', () => {
  const through = (subject: string): Principal => ({
    ...reviewer(subject),
    issuers: ['granter', 'root', 'maker', 'rotator'],
    via: 'webhook:1',
    holders: [['granter', 'root'], ['maker'], ['rotator']],
  });
  const written = (author: string, ...issuers: string[]): ApprovalRecord => ({
    ...asked('ann', null),
    author,
    authors: [author, ...issuers],
  });

  it.each<[string, ApprovalRecord]>([
    ['somebody else asked for', asked('ann', null)],
    ['another person wrote, also through this key', written('cyn', 'granter', 'maker', 'rotator')],
    ['a key asked for that the issuer of a holder has issued', { ...asked('ann', null), requesterIssuers: ['root'] }],
  ])('counts on what %s', (_, approval) => {
    expect(decide(through('bob'), approval)).toBe(false);
  });

  it.each<[string, ApprovalRecord]>([
    ['the one who issued it asked for', asked('granter', null)],
    ['the one who made the webhook asked for', asked('Maker', null)],
    ['the one who rotated the secret asked for', asked('rotator/ci', null)],
    ['a key asked for that a holder has issued', { ...asked('ann', null), requesterIssuers: ['maker'] }],
    ['a holder wrote', written('maker')],
  ])('does not count on what %s', (_, approval) => {
    expect(() => decide(through('bob'), approval)).toThrow(/behind that key/);
    expect(decisionRight({ ...through('bob'), scopes: new Set(['approval:decide']) }, approval, 'deny')).toMatchObject({
      mayDecide: false,
      reason: expect.stringContaining('behind that key'),
    });
    expect(checkDecision(through('bob'), { decision: 'approve', hash: HASH }, approval, 'allow')).toBe(false);
  });

  it('is refused to the requester, under each of their names', () => {
    expect(() => decide(through('ann'), asked('ann/ci', null))).toThrow(/cannot decide it/);
  });

  it('is nobody where the subject is that of a newer version', () => {
    const newer = { ...asked('ann', 'token'), subjectType: 'of_tomorrow' as ApprovalRecord['subjectType'] };
    expect(() => decide(reviewer('bob', 'token'), newer)).toThrow('which this replica does not know');
    const bob = { ...reviewer('bob', 'token'), scopes: new Set(['approval:decide'] as const) };
    expect(decisionRight(bob, newer, 'deny')).toMatchObject({ mayDecide: false });
  });
});
