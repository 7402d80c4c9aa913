import type { Texts } from '../report/report.ts';

/** What the rules say: a file of its own, since many runs do not show it. */
export async function ruleTexts(): Promise<Texts> {
  return JSON.parse((await import('../../rules/texts.generated.ts')).texts) as Texts;
}
