import { defineRule, fixOf, weighed } from '../../src/engine/rule.ts';
import { chainOf, changesPackages, heirsOf, isKept } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';
import { type PackageCall, type PackageName, virtualNameOf } from '../../src/python/packages.ts';
import { isBuilderImage } from '../../src/python/purpose.ts';
import { insertAfter } from '../../src/shell/edit.ts';

/** Compilers and the headers of Python: of no use to most programs that run. */
const BUILD_TOOLS =
  /^(?:build-essential|gcc(?:-\d+)?|g\+\+(?:-\d+)?|gcc-c\+\+|clang(?:-\d+)?|gfortran|musl-dev|build-base|alpine-sdk|python3(?:\.\d+)?-(?:dev|devel)|python-dev|rustc|cargo|rust|base-devel)$/;

/** Packages that compile while they run. */
const COMPILES_AT_RUN_TIME =
  /\b(?:torch|triton|numba|jax|tensorflow|cupy|pycuda|deepspeed|vllm|cython|pymc|pytensor|theano|taichi|jupyter\w*|notebook)\b/i;

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      if (!isKept(pythonStage)) continue;
      const { stage, packages } = pythonStage;
      for (const call of packages) {
        if (call.action !== 'install' || call.call.step.onbuild) continue;
        yield* recommends(call, pythonStage);
        const left = leftOvers(call, pythonStage, file.python.stages);
        const [first] = left;
        if (first !== undefined)
          yield {
            at: first.word.range,
            data: { packages: [...new Set(left.map(({ name }) => name))].join(', ') },
            severity: weighed('warning', stage, call.call.command),
          };
      }
    }
  },
});

/** Debian's python3-pip recommends build-essential and python3-dev. */
function* recommends({ manager, packages, line, verb, call }: PackageCall, pythonStage: PythonStage) {
  const { stage, base } = pythonStage;
  const name = base?.distribution?.name;
  const pip = packages.find((candidate) => candidate.name === 'python3-pip');
  if (manager !== 'apt' || pip === undefined || (name !== 'debian' && name !== 'ubuntu')) return;
  if (optionOf(line, 'no-install-recommends') !== undefined || isOffByConfiguration(line, pythonStage)) return;
  yield {
    at: pip.word.range,
    data: { package: pip.name },
    message: 'recommends',
    severity: weighed('warning', stage, call.command),
    fix: fixOf('unsafe', 'Add --no-install-recommends', [insertAfter(call.command, verb, '--no-install-recommends')]),
  };
}

function isOffByConfiguration(line: PackageCall['line'], pythonStage: PythonStage): boolean {
  const isOff = (text: string) => /Install-Recommends\W+(?:"?(?:0|false|no|off)\b)/i.test(text);
  return (
    line.options.some(({ value }) => isOff(value ?? '')) ||
    chainOf(pythonStage).some(({ writes }) => writes.some(({ lines }) => lines.some(({ text }) => isOff(text))))
  );
}

function leftOvers(call: PackageCall, pythonStage: PythonStage, all: readonly PythonStage[]): PackageName[] {
  const tools = call.packages.filter(({ name }) => BUILD_TOOLS.test(name));
  if (tools.length === 0 || /devel\b/.test(pythonStage.baseName) || isBuilderImage(pythonStage)) return [];
  const heirs = heirsOf(pythonStage, all);
  const installs = [...chainOf(pythonStage), ...heirs].flatMap((stage) => stage.installs);
  if (!installs.some((install) => changesPackages(install) && install.tool !== 'conda')) return [];
  const compiles = installs.some(({ command }) => command.words.some(({ value }) => COMPILES_AT_RUN_TIME.test(value)));
  return compiles || isPurged(call) ? [] : tools;
}

/** The same RUN takes packages away again. */
function isPurged(call: PackageCall): boolean {
  const { script } = call.call;
  const virtual = virtualNameOf(call);
  return script.commands.some(({ program, words, index }) => {
    if (index < call.call.command.index || !/^(?:apt|apt-get|apk|dnf|microdnf|yum)$/.test(program)) return false;
    const isRemoval = words.some(({ value }) => /^(?:purge|remove|autoremove|auto-remove|del|erase)$/.test(value));
    return isRemoval && (virtual === undefined || words.some(({ value }) => value === virtual || value.includes('$')));
  });
}
