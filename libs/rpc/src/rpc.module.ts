import { Module } from '@nestjs/common';
import { ApprovalsModule } from '@assent/approvals';
import { EngineModule } from '@assent/engine';
import { MemoryModule } from '@assent/memory';
import { PlannerModule } from '@assent/planner';
import { RunsModule } from '@assent/runs';
import { ToolsModule } from '@assent/tools';
import { FrameController } from './frame.controller';
import { HANDLERS } from './handlers';
import { HTTP_METRIC_PROVIDERS, HttpMetrics } from './http.metrics';
import { InboxController } from './inbox.controller';
import { ParamsValidator } from './params.validator';
import { ReplyReceiver } from './reply.receiver';
import { RpcController } from './rpc.controller';
import { RpcDispatcher } from './rpc.dispatcher';
import { RPC_METRIC_PROVIDERS, RpcMetrics } from './rpc.metrics';
import { RpcStream } from './rpc.stream';
import { RunController } from './run.controller';
import { RunReader } from './run.reader';
import { StreamAccess } from './stream.access';

/** The door: POST /rpc, the frame streams, the reads of runs. */
@Module({
  imports: [RunsModule, EngineModule, ApprovalsModule, PlannerModule, ToolsModule, MemoryModule],
  // The inbox before the approvals: its addresses stand where an id could.
  controllers: [RpcController, FrameController, RunController, InboxController],
  providers: [
    ...Object.values(HANDLERS),
    HttpMetrics,
    ParamsValidator,
    ReplyReceiver,
    RpcDispatcher,
    RpcMetrics,
    RpcStream,
    RunReader,
    StreamAccess,
    ...HTTP_METRIC_PROVIDERS,
    ...RPC_METRIC_PROVIDERS,
  ],
})
export class RpcModule {}
