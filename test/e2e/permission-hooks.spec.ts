import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Approval, MethodResult } from '@assent/contract';
import { eventually } from '../support/eventually';
import { decide } from '../support/pending';
import { allowed, askHook, denied, pendingQuestion, pendingQuestions } from '../support/hooks';
import { person } from '../support/people';
import { Stage, type Replica } from '../support/stage';
import { createWebhook } from '../support/webhooks';
import type { Caller } from '../support/caller';

const RULES = {
  version: 1,
  rules: [
    {
      id: 'no-push',
      tools: ['agent.*.Bash'],
      commands: ['git push *'],
      verdict: 'deny',
      reason: 'Pushing is for people.',
    },
    {
      id: 'tests',
      tools: ['agent.claude-code.Bash'],
      commands: ['npm test*'],
      verdict: 'allow',
      reason: 'Tests are free.',
    },
    { id: 'ask-curl', tools: ['agent.*.Bash'], commands: ['curl *'], verdict: 'ask' },
  ],
};

describe('the permission hooks', () => {
  let stage: Stage;
  let a: Replica;
  let b: Replica;
  let agent: Caller;
  let atB: Caller;

  beforeAll(async () => {
    stage = await Stage.open();
    const policy = join(stage.folder, '..', `${stage.folder.split('/').at(-1) ?? ''}.policy.json`);
    await writeFile(policy, JSON.stringify(RULES));
    [a, b] = await Promise.all([stage.start({ POLICY_FILE: policy }), stage.start({ POLICY_FILE: policy })]);
    agent = await person(stage.sql, a.process.url, 'ann/laptop', [], ['permission:ask']);
    atB = await person(stage.sql, b.process.url, 'ann/laptop', [], ['permission:ask']);
  });
  afterAll(() => stage.close());

  it('allow what a reviewer approves, and ask again for the next time', async () => {
    const asking = askHook(agent, 'make build');
    const approval = await pendingQuestion(a.reviewer, 'make build');
    expect(approval).toMatchObject({
      runId: null,
      diffId: null,
      subject: { type: 'agent_permission' },
      tool: 'agent.claude-code.Bash',
      workspace: '',
      goal: 'claude-code: Bash make build',
      files: [],
      requester: 'ann/laptop',
      rule: 'default.agent_permission',
      risks: ['external'],
      permission: {
        agent: 'claude-code',
        agentVersion: null,
        tool: 'Bash',
        input: { command: 'make build', description: 'as asked' },
        cwd: '/home/ann/shop',
        session: 's1',
        flags: [],
        editable: true,
        question: null,
      },
    });
    await decide(a.reviewer, approval, 'approve');
    expect(await asking).toEqual({ status: 200, body: allowed() });
    const again = askHook(agent, 'make build');
    const second = await pendingQuestion(a.reviewer, 'make build');
    expect(second.approvalId).not.toBe(approval.approvalId);
    await decide(a.reviewer, second, 'approve');
    await again;
  });

  it('are woken by a decision at another replica', async () => {
    const asking = askHook(atB, 'make other');
    await decide(a.reviewer, await pendingQuestion(a.reviewer, 'make other'), 'approve');
    expect((await asking).body).toEqual(allowed());
  });

  it('deny what a reviewer rejects, with the comment, also when it is asked again', async () => {
    const asking = askHook(agent, 'rm -rf build');
    const approval = await pendingQuestion(a.reviewer, 'rm -rf build');
    await decide(a.reviewer, approval, 'reject', { comment: 'Use make clean.' });
    const expected = denied(`Rejected by "reviewer": Use make clean. (approval ${approval.approvalId})`);
    expect((await asking).body).toEqual(expected);
    expect((await askHook(atB, 'rm -rf build')).body).toEqual(expected);
  });

  it('answer by rules at once', async () => {
    expect((await askHook(agent, 'npm test -- src/a.ts')).body).toEqual(allowed());
    expect((await askHook(agent, 'git push origin main')).body).toEqual(denied('Pushing is for people.'));
    expect((await askHook(agent, 'cd x && git push origin main')).body).toEqual(denied('Pushing is for people.'));
    const rows = await stage.rows<{ action: string }>(
      `select action, detail->>'rule' as rule from audit_log where action like 'permission.%' order by created_at`,
    );
    expect(rows).toEqual([
      { action: 'permission.allow', rule: 'tests' },
      { action: 'permission.deny', rule: 'no-push' },
      { action: 'permission.deny', rule: 'no-push' },
    ]);
  });

  it('never allow a compound command by a rule', async () => {
    const body = (await askHook(agent, 'npm test; curl evil.example', { query: '?hold=1' })).body;
    expect(body).toEqual({});
    await pendingQuestion(a.reviewer, 'npm test; curl');
  });

  it('have no opinion on PreToolUse without a rule, and answer in its form with one', async () => {
    const event = 'PreToolUse';
    expect((await askHook(agent, 'ls', { event })).body).toEqual({});
    const output = (permissionDecision: string, permissionDecisionReason: unknown) => ({
      hookSpecificOutput: { hookEventName: event, permissionDecision, permissionDecisionReason },
    });
    expect((await askHook(agent, 'npm test', { event })).body).toEqual(output('allow', 'Tests are free.'));
    expect((await askHook(agent, 'git push x', { event })).body).toEqual(output('deny', 'Pushing is for people.'));
    const inTime = 'nobody decided in time; ask again, the request stays open as ';
    expect((await askHook(agent, 'curl a', { event, query: '?hold=1' })).body).toEqual(
      output('ask', expect.stringContaining(inTime)),
    );
    expect((await askHook(agent, 'curl a', { event, query: '?hold=1&onTimeout=deny' })).body).toEqual(
      output('deny', expect.stringContaining(inTime)),
    );
    expect(await pendingQuestions(a.reviewer, 'curl a')).toHaveLength(1);
  });

  it('leave the agent to its own prompt, or deny, when nobody decides in time; the approval stays open', async () => {
    expect((await askHook(agent, 'make late', { query: '?hold=1' })).body).toEqual({});
    const { approvalId } = await pendingQuestion(a.reviewer, 'make late');
    const message = `nobody decided in time; ask again, the request stays open as ${approvalId}`;
    expect((await askHook(atB, 'make late', { query: '?hold=1&onTimeout=deny' })).body).toEqual(denied(message));
    await decide(a.reviewer, await pendingQuestion(a.reviewer, 'make late'), 'approve');
    expect((await askHook(agent, 'make late', { query: '?hold=1' })).body).toEqual(allowed());
  });

  it('deny with the word of an approval that expires, in the form of each event', async () => {
    const asking = [
      askHook(agent, 'curl expired'),
      askHook(atB, 'curl expired', { event: 'PreToolUse' }),
      askHook(agent, 'curl expired', { agent: 'codex' }),
    ];
    const approvals = await pendingQuestions(a.reviewer, 'curl expired', 2);
    await eventually('all are held', async () => (await heldAt(a, b)) === asking.length);
    await stage.rows(`update approvals set expires_at = now() - interval '1 ms' where id = any($1)`, [
      approvals.map(({ approvalId }) => approvalId),
    ]);
    const answers = (await Promise.all(asking)).map(({ body }) => body);
    const message = expect.stringMatching(/^The approval .* was expired\. Ask again/) as string;
    const permissionDecision = { permissionDecision: 'deny', permissionDecisionReason: message };
    const preToolUse = { hookSpecificOutput: { hookEventName: 'PreToolUse', ...permissionDecision } };
    expect(answers).toEqual([denied(message), preToolUse, denied(message)]);
    const next = askHook(agent, 'curl expired', { query: '?hold=1' });
    const { approvalId } = await pendingQuestion(a.reviewer, 'curl expired');
    expect(approvals.map((approval) => approval.approvalId)).not.toContain(approvalId);
    expect((await next).body).toEqual({});
  });

  it('give one approval to a question that is asked twice at once, and one answer to one approval', async () => {
    const asking = [askHook(agent, 'make twice'), askHook(atB, 'make twice')];
    const approval = await pendingQuestion(a.reviewer, 'make twice');
    await eventually('both are held', async () => (await heldAt(a, b)) === 2);
    expect(await pendingQuestions(a.reviewer, 'make twice')).toHaveLength(1);
    await decide(b.reviewer, approval, 'approve');
    expect((await Promise.race(asking)).body).toEqual(allowed());
    // The other one needs an approval of its own.
    const next = await pendingQuestion(a.reviewer, 'make twice');
    expect(next.approvalId).not.toBe(approval.approvalId);
    await decide(b.reviewer, next, 'approve');
    for (const { body } of await Promise.all(asking)) expect(body).toEqual(allowed());
  });

  it('need a quorum of two where the policy says so, and name each reviewer', async () => {
    const rules = [{ id: 'two', subjects: ['agent_permission'], tools: ['agent.*.Deploy'], quorum: 2 }];
    const admin = await person(stage.sql, a.process.url, 'admin');
    const { version } = await admin.call('approval/policy/get', {});
    await admin.call('approval/policy/set', { version, rules: rules });
    const asking = askHook(agent, '', { tool: 'Deploy', input: { target: 'production' } });
    const approval = await pendingQuestion(a.reviewer, 'Deploy');
    expect(approval.needed.people).toBe(2);
    await decide(a.reviewer, approval, 'approve');
    await decide(await person(stage.sql, b.process.url, 'rita'), approval, 'approve');
    expect((await asking).body).toEqual(allowed());
  });

  it('are not decided by the person who asks', async () => {
    const gone = new AbortController();
    const asking = askHook(agent, 'make mine', { signal: gone.signal }).catch(() => null);
    const approval = await pendingQuestion(a.reviewer, 'make mine');
    const ann = await person(stage.sql, a.process.url, 'ann');
    expect((await decide(ann, approval, 'approve')).status).toBe(403);
    expect(await ann.call('approval/get', { approvalId: approval.approvalId })).toMatchObject({
      you: { mayDecide: false },
    });
    gone.abort();
    await asking;
  });

  it('are decided by the same person elsewhere where the operator allows that', async () => {
    const { process } = await stage.start({ SELF_APPROVAL: 'allow' });
    const [ann, laptop] = await Promise.all([
      person(stage.sql, process.url, 'ann'),
      person(stage.sql, process.url, 'ann/laptop', [], ['permission:ask']),
    ]);
    const asking = askHook(laptop, 'make elsewhere');
    expect((await decide(ann, await pendingQuestion(ann, 'make elsewhere'), 'approve')).status).toBe(200);
    expect((await asking).body).toEqual(allowed());
  });

  it('keep the question of a client that was killed, and answer it when it comes back', async () => {
    const gone = new AbortController();
    const asking = askHook(agent, 'make killed', { signal: gone.signal }).catch(() => null);
    const approval = await pendingQuestion(a.reviewer, 'make killed');
    gone.abort();
    expect(await asking).toBeNull();
    await eventually('nothing is held', async () => (await heldAt(a, b)) === 0);
    await decide(a.reviewer, approval, 'approve');
    expect((await askHook(atB, 'make killed')).body).toEqual(allowed());
  });

  it('serve one answer for each tool call that the agent names', async () => {
    const asking = ['t1', 't2'].map((toolUseId) => askHook(agent, 'make named', { toolUseId }));
    const approvals = await pendingQuestions(a.reviewer, 'make named', 2);
    for (const approval of approvals) await decide(a.reviewer, approval, 'approve');
    for (const { body } of await Promise.all(asking)) expect(body).toEqual(allowed());
  });

  it('give the changed input of a reviewer to an agent that takes it, and only to such', async () => {
    const asking = askHook(agent, 'rm -rf /');
    const approval = await pendingQuestion(a.reviewer, 'rm -rf /');
    const input = { command: 'rm -rf ./build', description: 'less' };
    const revise = (by: Caller, { approvalId, hash }: Approval, args: object) =>
      by.post(`/approvals/${approvalId}/revisions`, { args }, { 'if-match': `"${hash}"` });
    expect((await revise(a.reviewer, approval, { command: 'git push x' })).status).toBe(403);
    const response = await revise(a.reviewer, approval, input);
    expect(response.status).toBe(201);
    const revised = (await response.json()) as Approval;
    expect(revised).toMatchObject({ revision: 2, author: 'reviewer', votes: [], permission: { input } });
    expect(revised.hash).not.toBe(approval.hash);
    expect((await decide(a.reviewer, approval, 'approve')).status).toBe(412);
    await decide(a.reviewer, revised, 'approve');
    expect((await asking).body).toEqual(allowed({ updatedInput: input }));

    const codex = askHook(agent, 'make codex', { agent: 'codex' });
    const other = await pendingQuestion(a.reviewer, 'make codex');
    expect(other.permission?.editable).toBe(false);
    const refused = await revise(a.reviewer, other, input);
    expect([refused.status, await refused.json()]).toMatchObject([409, { type: 'urn:assent:error:not-editable' }]);
    await decide(a.reviewer, other, 'approve');
    expect((await codex).body).toEqual(allowed());
  });

  it('need the reviewers of the path that a reviewer has changed the input to', async () => {
    const rules = [{ id: 'etc', subjects: ['agent_permission'], paths: ['/etc/**'], quorum: 2 }];
    const admin = await person(stage.sql, a.process.url, 'admin');
    const { version } = await admin.call('approval/policy/get', {});
    await admin.call('approval/policy/set', { version, rules });
    const gone = new AbortController();
    const input = { file_path: '/home/ann/shop/free.txt', content: 'x' };
    const asking = askHook(agent, '', { tool: 'Write', input, signal: gone.signal }).catch(() => null);
    const { approvalId, hash } = await pendingQuestion(a.reviewer, 'free.txt');
    const args = { file_path: '../../../etc/passwd', content: 'x' };
    const response = await a.reviewer.post(`/approvals/${approvalId}/revisions`, { args }, { 'if-match': `"${hash}"` });
    expect(await response.json()).toMatchObject({ permission: { input: args }, needed: { people: 2 } });
    gone.abort();
    await asking;
  });

  it('hold rules about paths for every file of a patch of Codex, relative names included', async () => {
    const rules = [{ id: 'secrets', subjects: ['agent_permission'], paths: ['/home/ann/shop/secrets/**'], quorum: 2 }];
    const admin = await person(stage.sql, a.process.url, 'admin');
    const { version } = await admin.call('approval/policy/get', {});
    await admin.call('approval/policy/set', { version, rules });
    const ask = (...headers: string[]) => {
      const input = { command: ['*** Begin Patch', ...headers, '*** End Patch'].join('\n') };
      return askHook(agent, '', { agent: 'codex', tool: 'apply_patch', input, query: '?hold=1' });
    };
    await Promise.all([
      ask('*** Delete File: /home/ann/shop/free.ts'),
      ask('*** Update File: /a', '*** Move to: /home/ann/shop/secrets/a'),
      ask('*** Delete File: relative.ts'),
    ]);
    const peopleFor = async (files: string) => {
      const { goal, needed } = await pendingQuestion(a.reviewer, files);
      return [goal, needed.people];
    };
    const title = (files: string) => `codex: apply_patch ${files}`;
    expect(await peopleFor('free.ts')).toEqual([title('/home/ann/shop/free.ts'), 1]);
    expect(await peopleFor('secrets/a')).toEqual([title('/a, /home/ann/shop/secrets/a'), 2]);
    expect(await peopleFor('relative.ts')).toEqual([title('relative.ts'), 2]);
  });

  it('give one approval to the people behind one key: another person with a key of that name asks anew', async () => {
    const ofBob = await person(stage.sql, a.process.url, 'ann/laptop', [], ['permission:ask'], ['bob']);
    const gone = new AbortController();
    const asking = [agent, ofBob].map((by) => askHook(by, 'make shared', { signal: gone.signal }).catch(() => null));
    const approvals = await pendingQuestions(a.reviewer, 'make shared', 2);
    const bob = await person(stage.sql, a.process.url, 'bob');
    const rights = approvals.map(({ approvalId }) => bob.call('approval/get', { approvalId }));
    expect((await Promise.all(rights)).map(({ you }) => you.mayDecide).sort()).toEqual([false, true]);
    gone.abort();
    await Promise.all(asking);
  });

  it('ask the agent back, and attach its next attempt to the open approval', async () => {
    const event = 'PreToolUse';
    await createWebhook(a.developer, 'http://receiver.invalid/', ['approval.questioned']);
    const first = askHook(agent, 'curl registry', { event, toolUseId: 'q1' });
    const approval = await pendingQuestion(a.reviewer, 'curl registry');
    const ask = (question: string) => b.reviewer.post(`/approvals/${approval.approvalId}/question`, { question });
    expect(await (await ask('Why not npm?')).json()).toMatchObject({
      state: 'pending',
      permission: { question: { text: 'Why not npm?', actor: 'reviewer' } },
    });
    const { hookSpecificOutput } = (await first).body as { hookSpecificOutput: Record<string, string> };
    expect(hookSpecificOutput['permissionDecision']).toBe('deny');
    expect(hookSpecificOutput['permissionDecisionReason']).toContain('"reviewer" asks back: Why not npm?');
    // Asked while nobody waits: the next attempt gets it at once.
    await ask('And which version?');
    expect(JSON.stringify((await askHook(atB, 'curl registry', { event, toolUseId: 'q2' })).body)).toContain(
      'And which version?',
    );
    const second = askHook(agent, 'curl registry', { event, toolUseId: 'q3' });
    await eventually('it is held', async () => (await heldAt(a, b)) === 1);
    expect(await pendingQuestions(a.reviewer, 'curl registry')).toHaveLength(1);
    await decide(a.reviewer, approval, 'approve');
    expect(JSON.stringify((await second).body)).toContain('"permissionDecision":"allow"');
    const refused = await a.reviewer.post(`/approvals/${approval.approvalId}/question`, { question: 'Late?' });
    expect(refused.status).toBe(409);
    const { approvalId, hash, subject } = approval;
    const { events } = await b.reviewer.call('approval/events', { types: ['approval.questioned'] });
    const asked = { approvalId, hash, state: 'pending', revision: 1, subjectId: subject.id, goal: approval.goal };
    expect(events).toMatchObject([asked, asked]);
    const sent = await stage.rows<{ data: object }>(
      `select body::json->'data' as data from webhook_events where type = 'approval.questioned' order by created_at`,
    );
    const said = { runId: null, approvalId, hash, subject, actor: 'reviewer' };
    expect(sent.map(({ data }) => data)).toMatchObject([
      { ...said, question: 'Why not npm?' },
      { ...said, question: 'And which version?' },
    ]);
  });

  it('draft a rule from a decided question, which holds once somebody with tool:admin has set it', async () => {
    const asking = askHook(agent, 'make rule');
    const approval = await pendingQuestion(a.reviewer, 'make rule');
    const draft = (by: Caller) => by.fetch(`/approvals/${approval.approvalId}/rule`);
    expect((await draft(a.reviewer)).status).toBe(409);
    await decide(a.reviewer, approval, 'approve');
    await asking;
    const rule = {
      id: `agent-${approval.approvalId.slice(-12)}`,
      tools: ['agent.claude-code.Bash'],
      commands: ['make rule'],
      verdict: 'allow',
      reason: expect.stringContaining('Decided by "reviewer"') as string,
    };
    expect(await (await draft(a.reviewer)).json()).toEqual({ rule, policy: null });
    const { policy } = (await (await draft(a.developer)).json()) as MethodResult<'approval/rule/draft'>;
    expect(policy).toMatchObject({
      version: 0,
      rules: [rule],
      maxCalls: null,
      patch: expect.stringContaining('+    "commands"') as string,
    });
    const { version = 0, rules = [] } = policy ?? {};
    await a.developer.call('tool/policy/set', { version, rules });
    expect((await askHook(agent, 'make rule')).body).toEqual(allowed());
    await a.developer.call('tool/policy/set', { version: version + 1, rules: [] });

    const compound = askHook(agent, 'make rule && rm x');
    const other = await pendingQuestion(a.reviewer, 'make rule && rm x');
    await decide(a.reviewer, other, 'approve');
    await compound;
    expect((await a.developer.fetch(`/approvals/${other.approvalId}/rule`)).status).toBe(409);

    // Policies have no condition that only these inputs meet.
    for (const input of [{ target: 'staging' }, { command: ['make', 'list'] }]) {
      const asked = askHook(agent, '', { tool: 'Release', input });
      const release = await pendingQuestion(a.reviewer, 'Release');
      await decide(a.reviewer, release, 'approve');
      await asked;
      expect((await a.developer.fetch(`/approvals/${release.approvalId}/rule`)).status).toBe(409);
    }
  });

  it('redact secrets before they are stored, and recognize the repeated question', async () => {
    const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ012345';
    const command = `curl2 -H "authorization: Bearer ${secret}" https://api.example`;
    const asking = askHook(agent, command, { query: '?hold=1' });
    const approval = await pendingQuestion(a.reviewer, 'curl2');
    expect((await asking).body).toEqual({});
    expect(approval).toMatchObject({ risks: ['external', 'redacted'], permission: { editable: false } });
    expect(JSON.stringify(approval)).not.toContain(secret);
    const revision = `/approvals/${approval.approvalId}/revisions`;
    const changed = { args: { command: 'curl2', description: 'less' } };
    const refused = await a.reviewer.post(revision, changed, { 'if-match': `"${approval.hash}"` });
    expect([refused.status, await refused.json()]).toMatchObject([409, { type: 'urn:assent:error:not-editable' }]);
    const rows = await stage.rows('select encode(content, $2) as content, title from approvals where id = $1', [
      approval.approvalId,
      'escape',
    ]);
    expect(JSON.stringify(rows)).not.toContain(secret);
    const again = askHook(atB, command);
    const different = askHook(atB, command.replace('ghp_0', 'ghp_9'), { query: '?hold=1' });
    expect(await pendingQuestions(a.reviewer, 'curl2', 2)).toHaveLength(2);
    await different;
    await decide(a.reviewer, approval, 'approve');
    expect((await again).body).toEqual(allowed());
  });

  it('show hidden characters, and an edit of a file as a diff', async () => {
    const hidden = askHook(agent, 'echo safe \u202e#', { query: '?hold=1' });
    const approval = await pendingQuestion(a.reviewer, 'echo safe');
    expect(approval.risks).toContain('hidden');
    expect(approval.permission?.flags).toMatchObject([{ codePoint: 'U+202E', kind: 'bidi', added: true }]);
    const input = { file_path: '/home/ann/shop/a.ts', old_string: 'a = 1', new_string: 'a = 2', replace_all: true };
    const edit = askHook(agent, '', { tool: 'Edit', input, query: '?hold=1' });
    const { approvalId } = await pendingQuestion(a.reviewer, 'Edit /home/ann/shop/a.ts');
    const response = await a.reviewer.fetch(`/approvals/${approvalId}/diff`, { headers: { accept: 'text/x-diff' } });
    const text = await response.text();
    for (const part of ['--- a/home/ann/shop/a.ts', '-a = 1', '+a = 2', '"replace_all": true'])
      expect(text).toContain(part);
    await Promise.all([hidden, edit]);
  });

  it('leave questions to the agent while the tenant is paused; held ones are answered at once', async () => {
    const asking = askHook(agent, 'make paused', { query: '?hold=60&onTimeout=deny' });
    const approval = await pendingQuestion(a.reviewer, 'make paused');
    await a.developer.call('pause/set', { reason: 'incident' });
    expect((await asking).body).toEqual({});
    await eventually('b has heard of it', async () => {
      const { body } = await askHook(atB, 'npm test', { event: 'PreToolUse' });
      return JSON.stringify(body).includes('"ask"');
    });
    expect((await askHook(agent, 'git push x')).body).toEqual(denied('Pushing is for people.'));
    await a.developer.call('pause/clear', {});
    await decide(a.reviewer, approval, 'approve');
    await eventually('it goes on', async () => {
      const { body } = await askHook(agent, 'make paused', { query: '?hold=1' });
      return JSON.stringify(body) === JSON.stringify(allowed());
    });
  });

  it('refuse what is no question, and everybody without the scope', async () => {
    expect((await askHook(a.reviewer, 'x')).status).toBe(403);
    expect((await askHook(agent, 'x', { event: 'PostToolUse' })).body).toMatchObject({
      status: 400,
      type: 'urn:assent:error:unknown-event',
    });
    for (const query of ['?hold=0', '?hold=3601', '?hold=x', '?onTimeout=allow']) {
      expect([query, (await askHook(agent, 'x', { query })).status]).toEqual([query, 400]);
    }
    expect((await agent.post('/hooks/gemini', {})).status).toBe(404);
    expect((await agent.post('/hooks/claude-code', { tool_name: 'Bash' })).status).toBe(400);
    expect((await agent.post('/hooks/generic', { agent: 'codex', tool: 'x', input: {} })).status).toBe(400);
    expect((await agent.post('/hooks/generic', 'x'.repeat(1_100_000))).status).toBe(413);
    expect((await agent.fetch('/hooks/generic', { method: 'POST', body: 'a=b' })).status).toBe(415);
  });

  it('keep the reason of an agent on one line, short, and visible', async () => {
    const reason = `because\n\u202eevil ${'x'.repeat(4_000)}`;
    const question = { agent: 'other', tool: 'run', input: { command: 'make reason' }, reason };
    const response = await agent.post('/hooks/generic?hold=1', question);
    expect(response.status).toBe(200);
    const { goal } = await pendingQuestion(a.reviewer, 'make reason');
    expect(goal.slice(0, 60)).toBe('other: run make reason (because<U+A><U+202E>evil xxxxxxxxxxx');
    expect(goal.length).toBeLessThan(600);
  });

  it('redact every text of a question, also where a rule decides it', async () => {
    const secret = 'ghp_0123456789abcdefghijABCDEFGHIJ0123AB';
    const texts = { agentVersion: `1 ${secret}`, session: secret, cwd: `/w/${secret}`, reason: `token ${secret}` };
    const ask = (command: string, agentName: string) =>
      agent.post('/hooks/generic?hold=1', { agent: agentName, tool: 'Bash', input: { command }, ...texts });
    await ask('make texts', 'other');
    await ask('git push origin', 'other');
    expect(await pendingQuestion(a.reviewer, 'make texts')).toMatchObject({ risks: ['external', 'redacted'] });
    const stored = await stage.rows<{ text: string }>(
      `select a::text || convert_from(content, 'UTF8') as text from approvals a where content is not null
       union all select detail::text from audit_log union all select body::text from webhook_events`,
    );
    expect(stored.filter(({ text }) => text.includes(secret))).toEqual([]);
  });

  it('refuse an input that is nested too deeply', async () => {
    const input = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const response = await agent.fetch('/hooks/generic?hold=1', {
      method: 'POST',
      body: `{"agent":"other","tool":"run","input":${input}}`,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(400);
  });

  it('answer other agents in one form', async () => {
    const ask = async (hold: number) =>
      (
        await agent.post(`/hooks/generic?hold=${hold}`, {
          agent: 'opencode',
          tool: 'bash',
          input: { command: 'make generic' },
          session: 'ses_1',
          reason: 'no pattern matches',
        })
      ).json();
    expect(await ask(1)).toMatchObject({ decision: 'ask', state: 'pending' });
    const approval = await pendingQuestion(a.reviewer, 'make generic');
    expect(approval).toMatchObject({
      tool: 'agent.opencode.bash',
      goal: 'opencode: bash make generic (no pattern matches)',
    });
    await decide(a.reviewer, approval, 'reject');
    expect(await ask(1)).toEqual({
      decision: 'deny',
      state: 'rejected',
      message: `Rejected by "reviewer" (approval ${approval.approvalId})`,
      approvalId: approval.approvalId,
    });
  });
});

/** Held requests of these replicas. */
async function heldAt(...replicas: readonly Replica[]): Promise<number> {
  const counts = await Promise.all(
    replicas.map(async ({ developer }) =>
      Number(/^assent_streams (\d+)$/m.exec(await (await developer.fetch('/metrics')).text())?.[1]),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}
