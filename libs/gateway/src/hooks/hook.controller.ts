import { Controller, HttpCode, Inject, Post, Req, Res, applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { TSchema } from '@sinclair/typebox';
import { Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  AssentError,
  GenericHookAnswerSchema,
  GenericHookBodySchema,
  HOOK_EVENTS,
  HOOK_HOLD_DEFAULT_SECONDS,
  HOOK_HOLD_MAX_SECONDS,
  HookAnswerSchema,
  HookBodySchema,
  closed,
  literals,
  type HookAgent,
  type HookEventName,
  type JsonObject,
} from '@assent/contract';
import { RequireAccess } from '@assent/identity';
import { LOG, type Log } from '@assent/platform';
import { callContext } from '../call.context';
import { plainSchema, wireCheck } from '../wire.schema';
import { genericAnswer, hookAnswer, type HookOutcome } from './hook.answer';
import { PermissionHooks, type HookCall } from './permission.hooks';

const HOLD = Type.Integer({ minimum: 1, maximum: HOOK_HOLD_MAX_SECONDS });
const ON_TIMEOUT = literals(['ask', 'deny']);
const QuerySchema = closed({ hold: Type.Optional(HOLD), onTimeout: Type.Optional(ON_TIMEOUT) });

const checkQuery = wireCheck(QuerySchema, 'The query');
const checkBody = wireCheck(HookBodySchema, 'The body');
const checkGeneric = wireCheck(GenericHookBodySchema, 'The body');
const isEvent = (name: string): name is HookEventName => (HOOK_EVENTS as readonly string[]).includes(name);

/** The permission hooks of coding agents, held open until a person decides. */
@ApiBearerAuth()
@Controller('hooks')
export class HookController {
  constructor(
    private readonly hooks: PermissionHooks,
    @Inject(LOG) private readonly log: Log,
  ) {}

  @Post('claude-code')
  @RequireAccess('permission:ask')
  @Hook('Answer the hook PermissionRequest or PreToolUse of Claude Code', HookBodySchema, HookAnswerSchema)
  claudeCode(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answerAgent('claude-code', request, reply);
  }

  @Post('codex')
  @RequireAccess('permission:ask')
  @Hook('Answer the hook PermissionRequest of Codex', HookBodySchema, HookAnswerSchema)
  codex(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    return this.answerAgent('codex', request, reply);
  }

  @Post('generic')
  @RequireAccess('permission:ask')
  @Hook('Answer the question of any other agent', GenericHookBodySchema, GenericHookAnswerSchema)
  async generic(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { agent, agentVersion, session, toolUseId, tool, input, cwd, reason } = checkGeneric(request.body ?? {});
    const content = {
      agent,
      agentVersion: agentVersion ?? null,
      tool,
      input: input as JsonObject,
      cwd: cwd ?? null,
      session: session ?? null,
    };
    const asked = { content, toolUseId: toolUseId ?? null, reason: reason ?? null };
    await this.answer({ ...asked, hook: 'generic', event: 'PermissionRequest' }, request, reply, genericAnswer);
  }

  private async answerAgent(agent: HookAgent, request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const body = checkBody(request.body ?? {});
    const { hook_event_name: event, tool_name: tool, tool_input: input, session_id, tool_use_id, cwd } = body;
    if (!isEvent(event)) {
      throw new AssentError(
        'unknown_event',
        `The hook event "${event}" is not supported. Configure the hook for ${HOOK_EVENTS.join(' or ')}.`,
        { pointer: '/hook_event_name' },
      );
    }
    const content = {
      agent,
      agentVersion: null,
      tool,
      input: input as JsonObject,
      cwd: cwd ?? null,
      session: session_id ?? null,
    };
    const asked = { content, toolUseId: tool_use_id ?? null, reason: null };
    await this.answer({ ...asked, hook: agent, event }, request, reply, (outcome) => hookAnswer(event, outcome));
  }

  private async answer(
    asked: Pick<HookCall, 'content' | 'toolUseId' | 'reason' | 'hook' | 'event'>,
    request: FastifyRequest,
    reply: FastifyReply,
    bodyOf: (outcome: HookOutcome) => object,
  ): Promise<void> {
    const { hold, onTimeout } = limitsOf(request.query);
    const context = callContext(request, reply, this.log);
    const { outcome, sent } = await this.hooks.answer({
      ...asked,
      principal: context.principal,
      holdSeconds: hold,
      onTimeout,
      closed: context.closed(),
    });
    const { raw } = reply;
    raw.once('close', () => {
      sent(raw.writableFinished).catch((err: unknown) => {
        context.log.warn({ err, approvalId: outcome.approvalId }, 'could not record that an answer was sent');
      });
    });
    void reply.send(bodyOf(outcome));
  }
}

function limitsOf(query: unknown): { readonly hold: number; readonly onTimeout: 'ask' | 'deny' } {
  const given = query as Readonly<Record<string, unknown>>;
  const holdText = given['hold'];
  const parsed = { ...given, ...(typeof holdText === 'string' && { hold: Number(holdText) }) };
  const { hold = HOOK_HOLD_DEFAULT_SECONDS, onTimeout = 'ask' } = checkQuery(parsed);
  return { hold, onTimeout };
}

function Hook(summary: string, body: TSchema, answer: TSchema): MethodDecorator {
  return applyDecorators(
    HttpCode(200),
    ApiTags('hooks'),
    ApiOperation({ summary }),
    ApiQuery({ name: 'hold', required: false, schema: plainSchema(HOLD) }),
    ApiQuery({ name: 'onTimeout', required: false, schema: plainSchema(ON_TIMEOUT) }),
    ApiBody({ schema: plainSchema(body) }),
    ApiResponse({ status: 200, content: { 'application/json': { schema: plainSchema(answer) } } }),
  );
}
