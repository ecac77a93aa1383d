import { EmbeddingEntity } from './embedding.entity';
import { ExperienceEntity } from './experience.entity';
import { FragmentVersionEntity } from './fragment-version.entity';
import { FragmentEntity } from './fragment.entity';
import { HeadEntity } from './head.entity';
import { MemoryRunEntity } from './memory-run.entity';
import { MetaPromptEntity } from './meta-prompt.entity';
import { PlanEntity } from './plan.entity';
import { RecallEntity } from './recall.entity';
import { UseEntity } from './use.entity';
import { WordEntity } from './word.entity';

/** Every table of memory, for the data source. */
export const MEMORY_ENTITIES = [
  FragmentEntity,
  FragmentVersionEntity,
  UseEntity,
  HeadEntity,
  WordEntity,
  PlanEntity,
  MemoryRunEntity,
  ExperienceEntity,
  RecallEntity,
  EmbeddingEntity,
  MetaPromptEntity,
];
