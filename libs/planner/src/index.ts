export { PlannerModule } from './planner.module';
export { PlannerService } from './planner.service';
export type { Plan } from './plan';
export { scoreTree, type ScoreRequest } from './score-tree';
export { validatePlanInput } from './validate';
export { ResolutionEntity } from './resolution.entity';
export { TreeEntity } from './tree.entity';
export { TreeRepository, insertResolutions, insertTree } from './tree.repository';
