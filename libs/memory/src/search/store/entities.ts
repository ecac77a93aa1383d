import { ComparisonEntity } from './comparison.entity';
import { SearchNodeEntity } from './search-node.entity';
import { SearchStepEntity } from './search-step.entity';
import { SearchEntity } from './search.entity';

/** Every table of searches, for the data source. */
export const SEARCH_ENTITIES = [SearchEntity, SearchNodeEntity, ComparisonEntity, SearchStepEntity];
