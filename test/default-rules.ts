import { rules } from '../rules/registry.generated.ts';
import { chooseRules } from '../src/cli/choose-rules.ts';

/** What runs where nobody chooses. */
export const defaultRules = chooseRules(rules, {});
