export { FragmentRepository } from '../fragment.repository';
export { CandidateRepository } from '../recall/candidate.repository';
export { Embedder } from '../recall/embedder';
export { Ranking } from '../recall/ranking';
export { VectorRanker } from '../recall/vector.ranker';
export { VectorRepository } from '../recall/vector.repository';
export { isHarmful, isPromoted, strengthOf } from '../promotion';
export { fuse, type Candidate } from '../recall/fusion';
