import { Module } from '@nestjs/common';
import { SearchHousekeeping } from './search.housekeeping';
import { SearchService } from './search.service';
import { SearchSteps } from './search.steps';
import { SearchRepository } from './store/search.repository';

/** Searches for the best answer: a tree of answers, grown and compared by an agent or by the engine. */
@Module({
  providers: [SearchRepository, SearchSteps, SearchService, SearchHousekeeping],
  exports: [SearchService, SearchSteps],
})
export class SearchModule {}
