import 'reflect-metadata';
export { SearchDependencies } from './search.dependencies';
export { SearchModule } from './search.module';
export { SearchService } from './search.service';
export { type SearchDriver, SearchSteps } from './search.steps';
export type { LoggedStep } from './store/search.repository';
export { SEARCH_TABLES } from './search.tables';
