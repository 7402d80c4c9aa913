import { defineRule, type Fix, fixOf, type Report } from '../../src/engine/rule.ts';
import type { Call } from '../../src/python/call.ts';
import { isInImage } from '../../src/python/copied.ts';
import { moduleCall } from '../../src/python/environments.ts';
import { chainOf, isKept } from '../../src/python/facts.ts';
import type { Install, PythonStage } from '../../src/python/model.ts';
import { isTruthy, optionOf } from '../../src/python/options.ts';
import { insertAfter } from '../../src/shell/edit.ts';

const VARIABLE = 'PYTHONDONTWRITEBYTECODE';

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    if (final === undefined || file.python.stages.some(compilesAll)) return;
    const uncompiled = file.python.stages.flatMap((stage) =>
      stage.installs.filter((install) => isUncompiled(install) && isInImage(install.target, stage, file.python.stages)),
    );
    const setting = final.stage.environment.setting(VARIABLE);
    // CPython takes 0 as off, unlike most words.
    const isSet = setting?.by === 'ENV' && setting.value.known && !/^(?:0*|)$/.test(setting.value.text);
    const isCompiled = file.python.stages.some((stage) =>
      stage.installs.some((install) => install.tool === 'uv' && !isUncompiled(install)),
    );
    if (isSet && uncompiled.length > 0)
      yield { at: setting.pair.range, message: 'never-compiled', confidence: 'medium' };
    else {
      if (isSet && !isCompiled) yield { at: setting.pair.range, data: { variable: VARIABLE } };
      for (const install of uncompiled)
        yield { at: install.range, data: { tool: install.label }, message: 'uv', fix: compiling(install) };
    }
    yield* stripped(final);
  },
  *image(image) {
    const { user } = image;
    if (user === undefined || user.uid === 0) return;
    for (const { path: venv, kind, layer } of image.python.environments) {
      if (kind === 'conda' || !image.isOwn(layer)) continue;
      let sources = 0;
      let compiled = 0;
      for (const { path } of image.files.below(venv)) {
        if (path.endsWith('.pyc')) compiled++;
        else if (path.endsWith('.py')) sources++;
      }
      const isClosed = image.accesses.some((one) => one.path === venv && one.user.uid === user.uid && !one.write);
      if (sources >= LEAST && compiled === 0 && isClosed)
        yield { path: venv, layer, data: { venv, count: String(sources) }, message: 'image' };
    }
  },
});

/** With fewer files a start is fast without. */
const LEAST = 200;

/** `python -m compileall` makes up for all of it. */
function compilesAll({ calls }: PythonStage): boolean {
  return calls.some(({ words }) => moduleCall(words)?.module === 'compileall');
}

/** uv compiles nothing unless it is asked to (docs.astral.sh/uv/guides/integration/docker). */
function isUncompiled({ tool, label, action, line, call, step }: Install): boolean {
  if (tool !== 'uv' || label === 'uv tool' || step.instruction.keyword !== 'RUN') return false;
  if (action !== 'install' && action !== 'sync') return false;
  const variable = call.variable('UV_COMPILE_BYTECODE')?.value;
  return (
    optionOf(line, 'compile-bytecode') === undefined &&
    !(variable !== undefined && (!variable.known || isTruthy(variable.text)))
  );
}

function compiling({ verb, command }: Install): Fix | undefined {
  return verb && fixOf('unsafe', 'Compile what is installed', [insertAfter(command, verb, '--compile-bytecode')]);
}

/** `find … -name '*.pyc' -delete` behind the installs of the image. */
function* stripped(final: PythonStage): Generator<Report> {
  for (const pythonStage of chainOf(final)) {
    if (!isKept(pythonStage)) continue;
    for (const call of pythonStage.calls) {
      if (call.step.instruction.keyword !== 'RUN' || call.step.onbuild || !strips(call)) continue;
      const installs = chainOf(pythonStage).flatMap(({ installs: all }) => all);
      if (!installs.some(({ order, step }) => step.stage !== pythonStage.stage || order < call.order)) continue;
      yield { at: call.command.range, data: { command: call.program }, message: 'stripped' };
    }
  }
}

function strips({ program, words }: Call): boolean {
  const text = words.map(({ value }) => value).join(' ');
  if (program === 'find') return /\.py\[?c|__pycache__/.test(text) && /-delete|\brm\b|\+$/.test(text);
  return program === 'rm' && words.some(({ value }) => value.includes('__pycache__'));
}
