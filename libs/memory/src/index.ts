export { MEMORY_ENTITIES } from './entities';
export { creditRecalled, learn } from './fragment.repository';
export { lessonOf, type Lesson } from './lesson';
export { MemoryModule } from './memory.module';
export { MemoryService } from './memory.service';
