import { Page } from '../../parts/page';
import { START } from './texts';

export default function StartScreen() {
  return <Page title={START.title}>{null}</Page>;
}
