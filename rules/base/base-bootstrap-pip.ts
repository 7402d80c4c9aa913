import { defineRule, weighed } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';
import { moduleCall } from '../../src/python/environments.ts';
import type { Install, Interpreter, PythonStage } from '../../src/python/model.ts';
import { isTruthy } from '../../src/python/options.ts';
import { SEEDS } from '../../src/python/tools.ts';

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      const { stage, baseName, calls, installs } = pythonStage;
      for (const call of calls) {
        const message = bootstrapOf(call);
        if (message === undefined) continue;
        const interpreter = distributionPythonOf(call, pythonStage);
        if (interpreter === undefined) continue;
        const data = { command: call.words.map((word) => word.text).join(' '), base: baseName };
        const { range } = call.command;
        const name = pythonStage.base?.distribution?.name;
        // Debian's ensurepip refuses to work on the system's Python, marked or not.
        if (message === 'ensurepip' && (name === 'debian' || name === 'ubuntu')) {
          yield { at: range, data, message: 'refused', severity: weighed('error', stage, call.command) };
          continue;
        }
        if (message === 'get-pip' && isTooOld(call, interpreter)) {
          yield {
            at: range,
            data: { ...data, python: versionOf(call, interpreter) },
            message: 'too-old',
            severity: weighed('error', stage, call.command),
          };
          continue;
        }
        const isStopped = interpreter.marker === 'yes' && !isMarkerAway(call, pythonStage) && !isOverridden(call);
        if (isStopped) yield { at: range, data, message: 'blocked', severity: weighed('error', stage, call.command) };
        else yield { at: range, data, message: message === 'get-pip' ? undefined : message, severity: 'info' };
      }
      for (const install of installs)
        if (renewsPip(install)) yield { at: install.range, message: 'upgrade', severity: 'info' };
    }
  },
});

function bootstrapOf(call: Call): 'get-pip' | 'ensurepip' | undefined {
  const { words, program, script, command } = call;
  if (!/^python[\d.]*$/.test(program) || call.step.instruction.keyword !== 'RUN') return undefined;
  const isHelp = words.some((word) => /^(?:--version|--help|-h)$/.test(word.value));
  if (moduleCall(words)?.module === 'ensurepip') return isHelp ? undefined : 'ensurepip';
  if (words.some((word) => /get-pip\.py$/.test(word.value))) return 'get-pip';
  if (command.connector !== '|') return undefined;
  const before = script.commands[command.index - 1];
  return before?.words.some((word) => word.value.includes('get-pip.py')) ? 'get-pip' : undefined;
}

/** Until Ubuntu 18.04 and Debian 10 `python` is Python 2. */
function versionOf({ program }: Call, { version = '' }: Interpreter): string {
  return program === 'python' && Number(version.split('.')[1]) < 8 ? '2.7' : version;
}

/** get-pip.py of today asks for Python 3.9; older ones have a script of their own below /pip/. */
function isTooOld({ script }: Call, { version }: Interpreter): boolean {
  const minor = Number(version?.split('.')[1]);
  const isNewest = script.commands.some(({ words }) =>
    words.some(({ value }) => /\/bootstrap\.pypa\.io\/get-pip\.py/.test(value)),
  );
  return isNewest && minor < 9;
}

function distributionPythonOf(call: Call, pythonStage: PythonStage): Interpreter | undefined {
  const [name] = call.words;
  const target =
    name && pythonStage.resolve(name.value.includes('/') ? call.path(name) : call.expand(name), call.searchPath);
  return target?.kind === 'base' && target.interpreter.kind === 'distribution' ? target.interpreter : undefined;
}

function isMarkerAway({ order }: Call, pythonStage: PythonStage): boolean {
  for (let at: PythonStage | undefined = pythonStage; at !== undefined; at = at.parent)
    if (at.markerSites.some((site) => site.effect !== 'emptied' && (at !== pythonStage || site.order < order)))
      return true;
  return false;
}

/** ensurepip drops all PIP_ variables (its _disable_pip_configuration_settings): nothing overrides the guard for it. */
function isOverridden(call: Call): boolean {
  if (moduleCall(call.words)?.module === 'ensurepip') return false;
  const variable = call.variable('PIP_BREAK_SYSTEM_PACKAGES')?.value;
  return (
    call.words.some((word) => word.value.startsWith('--break')) ||
    (variable?.known === true && isTruthy(variable.text) === true)
  );
}

/** `pip install --upgrade pip` on an unmarked distribution; a marked one stops it (base-pip-install). */
function renewsPip({ tool, action, target, installsOnly }: Install): boolean {
  if (tool !== 'pip' || action !== 'install' || target.kind !== 'base') return false;
  const { kind, marker } = target.interpreter;
  return kind === 'distribution' && marker === 'no' && installsOnly(SEEDS);
}
