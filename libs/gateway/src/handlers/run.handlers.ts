import { Injectable } from '@nestjs/common';
import type { RUN_METHODS } from '@assent/contract';
import { CancelService, CompleteService, RevertService, RunStarter } from '@assent/engine';
import type { MethodHandlers } from '../method.handler';
import { RpcStream } from '../rpc/rpc.stream';
import { RunReader } from '../run.reader';
import { StreamTickets } from '../streams/stream.tickets';

@Injectable()
export class RunHandlers {
  constructor(
    private readonly starter: RunStarter,
    private readonly completes: CompleteService,
    private readonly cancels: CancelService,
    private readonly reverts: RevertService,
    private readonly reader: RunReader,
    private readonly streams: RpcStream,
    private readonly tickets: StreamTickets,
  ) {}

  readonly methods: MethodHandlers<typeof RUN_METHODS> = {
    start: (params, context) => this.starter.start(context.principal, params, context),
    stream: (params, context) => this.streams.page(params, context),
    'stream/ticket': (params, { principal }) => this.tickets.issue(principal, params),
    complete: (params, { principal }) => this.completes.complete(principal, params),
    'run/get': ({ runId }, { principal }) => this.reader.get(principal, runId),
    'run/list': (filter, { principal }) => this.reader.list(principal, filter),
    'run/count': (filter, { principal }) => this.reader.count(principal, filter),
    'diff/revert': ({ diffId }, context) => this.reverts.revert(context.principal, diffId, context),
    'run/cancel': async ({ runId, reason }, { principal }) => ({
      runId,
      state: await this.cancels.cancel(principal, runId, reason ?? null),
    }),
  };
}
