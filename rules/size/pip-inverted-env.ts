import type { Pair } from '../../src/dockerfile/instructions.ts';
import type { Range } from '../../src/dockerfile/range.ts';
import type { DockerfileModel } from '../../src/engine/model.ts';
import { type Applicability, defineRule, type Fix, fixOf, type Report } from '../../src/engine/rule.ts';
import { isTruthy } from '../../src/python/options.ts';
import type { ShellCommand } from '../../src/shell/script.ts';

/**
 * Options of pip that store false: their variables mean the opposite of what they say (pip, configuration.md, "Boolean
 * options"). Turning build isolation off for real can break a build that works today.
 */
const INVERTED: ReadonlyMap<string, { readonly positive?: string; readonly applicability: Applicability }> = new Map([
  ['PIP_NO_COMPILE', { positive: 'PIP_COMPILE', applicability: 'safe' }],
  ['PIP_NO_WARN_SCRIPT_LOCATION', { applicability: 'safe' }],
  ['PIP_NO_WARN_CONFLICTS', { applicability: 'safe' }],
  ['PIP_NO_USER', { applicability: 'safe' }],
  ['PIP_NO_BUILD_ISOLATION', { applicability: 'unsafe' }],
]);

export default defineRule({
  *dockerfile(file) {
    for (const { settings, scripts, configWrites } of file.python.stages) {
      for (const { name, value, pair } of settings) {
        if (value.known && pair.value !== undefined)
          yield* judge({
            name,
            value: value.text,
            range: pair.range,
            isWhole: isPlain(pair),
            separator: separatorOf(file, pair),
          });
      }
      for (const assignment of scripts.flatMap(({ script }) => script.commands.flatMap(assignmentsOf)))
        yield* judge(assignment);
      for (const { key, value, words, range } of configWrites) {
        const name = `PIP_${key.replaceAll('-', '_').toUpperCase()}`;
        const inverted = INVERTED.get(name);
        if (inverted === undefined || !isTruthy(value)) continue;
        const fix = words?.value.isWhole
          ? fixOf(inverted.applicability, 'Flip the value', [{ range: words.value.range, text: 'false' }])
          : undefined;
        const at = words === undefined ? range : { start: words.key.range.start, end: words.value.range.end };
        yield { at, data: { setting: `${key} = ${value}` }, fix };
      }
    }
  },
  *image(image) {
    for (const name of INVERTED.keys()) {
      const value = image.variable(name) ?? '';
      if (isTruthy(value) === true) yield { data: { setting: `${name}=${value}` } };
    }
  },
});

interface Assignment {
  readonly name: string;
  readonly value: string;
  readonly range: Range;
  /** Name and value are written out, in one piece. */
  readonly isWhole: boolean;
  readonly separator: string;
}

function* judge({ name, value, range, isWhole, separator }: Assignment): Generator<Report> {
  const data = { setting: `${name}=${value}` };
  if (name === 'PIP_NO_CACHE_DIR' && value !== '' && isTruthy(value) === false) {
    yield { at: range, data, message: 'cache', severity: 'info', confidence: 'low' };
    return;
  }
  const inverted = INVERTED.get(name);
  if (inverted === undefined || !isTruthy(value)) return;
  const text = `${inverted.positive ?? name}${separator}0`;
  const fix: Fix | undefined = isWhole ? fixOf(inverted.applicability, `Write ${text}`, [{ range, text }]) : undefined;
  yield { at: range, data, fix };
}

function isPlain({ value }: Pair): boolean {
  return value !== undefined && !value.text.includes('$');
}

/** `=`, or the blanks of `ENV NAME value`. */
function separatorOf(file: DockerfileModel, { key, value }: Pair): string {
  return value === undefined ? '=' : file.text.slice(key.range.end, value.range.start);
}

/** `NAME=value` before a command, and what `export` sets. */
function assignmentsOf(command: ShellCommand): Assignment[] {
  const before = command.words.length === 0 ? [] : command.assignments;
  const own = before.map(({ name, value, range, isWhole }) => ({
    name,
    value: value?.isLiteral ? value.value : '',
    range,
    isWhole,
    separator: '=',
  }));
  if (command.program !== 'export') return own;
  const exported = command.words.slice(1).flatMap((word): Assignment[] => {
    const equals = word.value.indexOf('=');
    if (equals === -1 || !word.isLiteral) return [];
    return [
      {
        name: word.value.slice(0, equals),
        value: word.value.slice(equals + 1),
        range: word.range,
        isWhole: word.isWhole,
        separator: '=',
      },
    ];
  });
  return [...own, ...exported];
}
