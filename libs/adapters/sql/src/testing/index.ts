export { SqlStage } from './sql-stage';
