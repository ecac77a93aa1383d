import type { Type } from '@nestjs/common';
import type { MethodName } from '@assent/contract';
import type { RpcHandler } from '../call.context';
import { ApprovalCountHandler } from './approval-count.handler';
import { ApprovalDecideHandler } from './approval-decide.handler';
import { ApprovalGetHandler } from './approval-get.handler';
import { ApprovalListHandler } from './approval-list.handler';
import { ApprovalPolicyGetHandler } from './approval-policy-get.handler';
import { ApprovalPolicySetHandler } from './approval-policy-set.handler';
import { ApprovalReviseHandler } from './approval-revise.handler';
import { AssumptionResolveHandler } from './assumption-resolve.handler';
import { CompleteHandler } from './complete.handler';
import { DiffGetHandler } from './diff-get.handler';
import { DiscoverHandler } from './discover.handler';
import { MemoryGetHandler } from './memory-get.handler';
import { MemoryListHandler } from './memory-list.handler';
import { MemoryPlanListHandler } from './memory-plan-list.handler';
import { MemoryPlanGetHandler } from './memory-plan-get.handler';
import { MemoryPlanApplyHandler } from './memory-plan-apply.handler';
import { MemoryPlanRevertHandler } from './memory-plan-revert.handler';
import { MemoryExportHandler } from './memory-export.handler';
import { MemoryImportHandler } from './memory-import.handler';
import { MemoryForgetHandler } from './memory-forget.handler';
import { MetaPromptListHandler } from './meta-prompt-list.handler';
import { MetaPromptGetHandler } from './meta-prompt-get.handler';
import { MemoryOptimizeHandler } from './memory-optimize.handler';
import { MemoryRunListHandler } from './memory-run-list.handler';
import { MemoryRunGetHandler } from './memory-run-get.handler';
import { MemoryDriftGetHandler } from './memory-drift-get.handler';
import { MemoryDriftClearHandler } from './memory-drift-clear.handler';
import { MemorySearchHandler } from './memory-search.handler';
import { PlannerCalibrationHandler } from './planner-calibration.handler';
import { PlannerRecalibrateHandler } from './planner-recalibrate.handler';
import { RunCancelHandler } from './run-cancel.handler';
import { RunGetHandler } from './run-get.handler';
import { RunListHandler } from './run-list.handler';
import { SearchCompareHandler } from './search-compare.handler';
import { SearchExpandHandler } from './search-expand.handler';
import { SearchFinishHandler } from './search-finish.handler';
import { SearchGetHandler } from './search-get.handler';
import { SearchSelectHandler } from './search-select.handler';
import { SearchStartHandler } from './search-start.handler';
import { StartHandler } from './start.handler';
import { StreamHandler } from './stream.handler';
import { ToolCheckHandler } from './tool-check.handler';
import { ToolListHandler } from './tool-list.handler';
import { ToolPolicyGetHandler } from './tool-policy-get.handler';
import { ToolPolicySetHandler } from './tool-policy-set.handler';
import { ToolTrustHandler } from './tool-trust.handler';
import { ToolTrustListHandler } from './tool-trust-list.handler';
import { TreeGetHandler } from './tree-get.handler';
import { TreeScoreHandler } from './tree-score.handler';

/** Who carries out which row of the method table; a row without a handler does not compile. */
export const HANDLERS: { readonly [M in MethodName]: Type<RpcHandler<M>> } = {
  start: StartHandler,
  stream: StreamHandler,
  complete: CompleteHandler,
  'run/get': RunGetHandler,
  'run/list': RunListHandler,
  'run/cancel': RunCancelHandler,
  'assumption/resolve': AssumptionResolveHandler,
  'planner/calibration': PlannerCalibrationHandler,
  'planner/recalibrate': PlannerRecalibrateHandler,
  'tree/get': TreeGetHandler,
  'tree/score': TreeScoreHandler,
  'tool/list': ToolListHandler,
  'tool/check': ToolCheckHandler,
  'tool/policy/get': ToolPolicyGetHandler,
  'tool/policy/set': ToolPolicySetHandler,
  'tool/trust/list': ToolTrustListHandler,
  'tool/trust': ToolTrustHandler,
  'diff/get': DiffGetHandler,
  'approval/list': ApprovalListHandler,
  'approval/get': ApprovalGetHandler,
  'approval/decide': ApprovalDecideHandler,
  'approval/count': ApprovalCountHandler,
  'approval/revise': ApprovalReviseHandler,
  'approval/policy/get': ApprovalPolicyGetHandler,
  'approval/policy/set': ApprovalPolicySetHandler,
  'memory/search': MemorySearchHandler,
  'search/start': SearchStartHandler,
  'search/select': SearchSelectHandler,
  'search/expand': SearchExpandHandler,
  'search/compare': SearchCompareHandler,
  'search/finish': SearchFinishHandler,
  'search/get': SearchGetHandler,
  'memory/get': MemoryGetHandler,
  'memory/list': MemoryListHandler,
  'memory/plan/list': MemoryPlanListHandler,
  'memory/plan/get': MemoryPlanGetHandler,
  'memory/plan/apply': MemoryPlanApplyHandler,
  'memory/plan/revert': MemoryPlanRevertHandler,
  'memory/export': MemoryExportHandler,
  'memory/import': MemoryImportHandler,
  'memory/forget': MemoryForgetHandler,
  'meta_prompt/list': MetaPromptListHandler,
  'meta_prompt/get': MetaPromptGetHandler,
  'memory/optimize': MemoryOptimizeHandler,
  'memory/run/list': MemoryRunListHandler,
  'memory/run/get': MemoryRunGetHandler,
  'memory/drift/get': MemoryDriftGetHandler,
  'memory/drift/clear': MemoryDriftClearHandler,
  'rpc.discover': DiscoverHandler,
};
