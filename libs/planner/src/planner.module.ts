import { Module } from '@nestjs/common';
import { PlannerService } from './planner.service';
import { TreeRepository } from './tree.repository';

@Module({
  providers: [PlannerService, TreeRepository],
  exports: [PlannerService, TreeRepository],
})
export class PlannerModule {}
