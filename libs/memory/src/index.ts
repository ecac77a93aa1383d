export { FragmentEntity } from './fragment.entity';
export { creditRecalled, learn } from './fragment.repository';
export { lessonOf, type Lesson } from './lesson';
export { MemoryModule } from './memory.module';
export { UseEntity } from './use.entity';
export { MemoryService } from './memory.service';
