export { family } from './shell.family';
