import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Rule } from '../engine/rule.ts';
import type { InitArguments } from './argument-types.ts';
import { reasonOf, UsageError } from './errors.ts';
import { CONFIG_NAMES, isConfig } from './find-config.ts';
import { fromHadolint } from './from-hadolint.ts';
import type { Terminal } from './terminal.ts';

const CONFIG = 'plimsoll.yaml';

/** Where hadolint looks in the current directory. */
const HADOLINT = ['.hadolint.yaml', '.hadolint.yml'];

const FRESH = `# What this project asks of its Dockerfiles. Keys: docs/config.md; rules: plimsoll rules
# python: rules about Python. recommended: general rules as well. all, hadolint, buildkit: see docs/presets.md
preset: python
`;

/** `plimsoll init`: writes a configuration where there is none. Nothing that is there is touched. */
export function initCommand(args: InitArguments, rules: readonly Rule[], terminal: Terminal): number {
  const existing = CONFIG_NAMES.find(isConfig);
  if (existing !== undefined) throw new UsageError(`${existing} is there already, and stays as it is`);
  const { text, left } =
    args.fromHadolint === undefined ? { text: FRESH, left: [] } : translated(args.fromHadolint, rules);
  try {
    writeFileSync(CONFIG, text, { flag: 'wx' });
  } catch (error) {
    throw new UsageError(`${CONFIG}: cannot be written: ${reasonOf(error)}`);
  }
  terminal.out(`written: ${CONFIG}\n`);
  for (const line of left) terminal.err(`plimsoll: not carried over: ${line}\n`);
  return 0;
}

function translated(given: string, rules: readonly Rule[]) {
  const path = given === '' ? HADOLINT.find((name) => existsSync(name)) : given;
  if (path === undefined) throw new UsageError(`no ${HADOLINT.join(' or ')} here; --from-hadolint=FILE names another`);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path}: ${reasonOf(error)}`);
  }
  try {
    return fromHadolint(
      text,
      path,
      rules.map(({ meta }) => meta),
    );
  } catch (error) {
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
