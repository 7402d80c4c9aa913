import { defineRule, fixOf, weighed } from '../../src/engine/rule.ts';
import { megabytes } from '../../src/image/words.ts';
import { chainOf, changesPackages, heirsOf, isKept } from '../../src/python/facts.ts';
import type { PythonStage } from '../../src/python/model.ts';
import { optionOf } from '../../src/python/options.ts';
import { type PackageCall, type PackageName, virtualNameOf } from '../../src/python/packages.ts';
import { isBuilderImage } from '../../src/python/purpose.ts';
import { insertAfter } from '../../src/shell/edit.ts';

/** Compilers and the headers of Python: of no use to most programs that run. */
const BUILD_TOOLS =
  /^(?:build-essential|gcc(?:-\d+)?|g\+\+(?:-\d+)?|gcc-c\+\+|clang(?:-\d+)?|gfortran|musl-dev|build-base|alpine-sdk|python3(?:\.\d+)?-(?:dev|devel)|python-dev|rustc|cargo|rust|base-devel)$/;

/** They come as programs: no install needs a compiler for them. */
const BUILDERS = new Set(['ninja', 'cmake', 'meson', 'pip', 'setuptools', 'wheel', 'uv', 'poetry', 'virtualenv']);

/** Packages and programs that compile while they run, or are there for people who do. */
const COMPILES_AT_RUN_TIME =
  /\b(?:torch|triton|numba|jax|tensorflow|cupy|pycuda|deepspeed|vllm|cython|pymc|pytensor|theano|taichi|jupyter\w*|notebook|transformers|accelerate|mamba-ssm|causal-conv1d|flash-attn|code-server|code-editor|pytorch\w*|cuda|tox|nox|cibuildwheel)\b/i;

export default defineRule({
  *dockerfile(file) {
    for (const pythonStage of file.python.stages) {
      if (!isKept(pythonStage)) continue;
      const { stage, packages } = pythonStage;
      const compiles = COMPILES_AT_RUN_TIME.test(file.text);
      for (const call of packages) {
        if (call.action !== 'install' || call.call.step.onbuild) continue;
        yield* recommends(call, pythonStage);
        const left = compiles ? [] : leftOvers(call, pythonStage, file.python.stages);
        const [first] = left;
        if (first !== undefined)
          yield {
            at: first.word.range,
            data: { packages: [...new Set(left.map(({ name }) => name))].join(', ') },
            severity: isBuiltLater(call, pythonStage) ? 'info' : weighed('warning', stage, call.call.command),
          };
      }
    }
  },
  *image(image) {
    const database = image.packages.databases.find(({ kind }) => kind === 'dpkg');
    if (database === undefined) return;
    const lists = image.files.list('/var/lib/dpkg/info');
    const own = database.packages.filter(({ name }) => {
      const list = BUILD_PACKAGES.test(name)
        ? lists.find((file) => file.replace(/(?::\w+)?\.list$/, '') === name)
        : undefined;
      const path = `/var/lib/dpkg/info/${list}`;
      const layer = list === undefined ? undefined : image.files.find(path)?.inode.layer;
      // An upgrade writes the list of what the base image brought anew.
      const isUpgraded = image.waste.some((one) => one.path === path && !image.isOwn(one.writtenBy));
      return layer !== undefined && image.isOwn(layer) && !isUpgraded;
    });
    const size = own.reduce((sum, one) => sum + (one.size ?? 0), 0);
    if (!own.some(({ name }) => COMPILERS.test(name))) return;
    const names = own.map(({ name }) => name).sort();
    yield {
      path: '/var/lib/dpkg/status',
      layer: image.files.find('/var/lib/dpkg/status')?.inode.layer,
      data: {
        packages: names.slice(0, 4).join(', ') + (names.length > 4 ? ` and ${names.length - 4} more` : ''),
        size: megabytes(size),
      },
      message: 'image',
    };
  },
});

/** Packages of Debian that only building needs. */
const COMPILERS = /^(?:gcc|g\+\+|cpp)(?:-\d+)?$|^build-essential$|^rustc$|^clang(?:-\d+)?$/;
const BUILD_PACKAGES =
  /^(?:gcc|g\+\+|cpp|binutils|make|rustc|cargo|clang)(?:-\d+)?(?:-x86-64-linux-gnu)?$|^build-essential$|^(?:lib|python3?|linux-).*-dev$/;

/** Debian's python3-pip recommends build-essential and python3-dev. */
function* recommends({ manager, packages, line, verb, call }: PackageCall, pythonStage: PythonStage) {
  const { stage, base } = pythonStage;
  const name = base?.distribution?.name;
  const pip = packages.find((candidate) => candidate.name === 'python3-pip');
  // The full variants hold a compiler and most headers already.
  if (base?.hasDistributionPython === true) return;
  if (manager !== 'apt' || pip === undefined || (name !== 'debian' && name !== 'ubuntu')) return;
  if (optionOf(line, 'no-install-recommends') !== undefined || isOffByConfiguration(line, pythonStage)) return;
  // What it would bring along is asked for by name.
  const isNamed = chainOf(pythonStage).some((above) =>
    above.packages.some(
      (other) =>
        other.action === 'install' && other.packages.some((named) => /^(?:build-essential|g\+\+)$/.test(named.name)),
    ),
  );
  if (isNamed) return;
  yield {
    at: pip.word.range,
    data: { package: pip.name },
    message: 'recommends',
    severity: weighed('warning', stage, call.command),
    // There python3-pip merely recommends setuptools and wheel, which old requirements need.
    fix: isOldRelease(pythonStage)
      ? undefined
      : fixOf('unsafe', 'Add --no-install-recommends', [insertAfter(call.command, verb, '--no-install-recommends')]),
  };
}

/** Before Ubuntu 20.04 and Debian 11. */
function isOldRelease({ base }: PythonStage): boolean {
  const { name, release } = base?.distribution ?? {};
  return release !== undefined && release < (name === 'ubuntu' ? 3 : 2);
}

function isOffByConfiguration(line: PackageCall['line'], pythonStage: PythonStage): boolean {
  const isOff = (text: string) => /Install-Recommends\W+(?:"?(?:0|false|no|off)\b)/i.test(text);
  return (
    line.options.some(({ value }) => isOff(value ?? '')) ||
    chainOf(pythonStage).some(({ writes }) => writes.some(({ lines }) => lines.some(({ text }) => isOff(text))))
  );
}

/** The stage itself compiles something with them in another RUN. */
function isBuiltLater({ call }: PackageCall, { calls }: PythonStage): boolean {
  return calls.some(
    ({ program, step }) =>
      step.index > call.step.index && /^(?:make|cmake|ninja|meson|configure|bazel|go|cargo)$/.test(program),
  );
}

function leftOvers(call: PackageCall, pythonStage: PythonStage, all: readonly PythonStage[]): PackageName[] {
  const tools = call.packages.filter(
    ({ name }) => BUILD_TOOLS.test(name) && !isPurged(name, call, pythonStage) && !isThere(name, pythonStage),
  );
  if (tools.length === 0 || /devel\b/.test(pythonStage.baseName) || isBuilderImage(pythonStage)) return [];
  const heirs = heirsOf(pythonStage, all);
  const installs = [...chainOf(pythonStage), ...heirs].flatMap((stage) => stage.installs);
  if (
    !installs.some((install) => changesPackages(install) && install.tool !== 'conda' && !install.installsOnly(BUILDERS))
  )
    return [];
  return tools;
}

/** Whether the same RUN takes a package away again, by its name or with the virtual package it came in. */
function isPurged(name: string, call: PackageCall, { packages }: PythonStage): boolean {
  const { step, order, script } = call.call;
  const virtual = virtualNameOf(call);
  // `apt-mark auto '.*'` marks everything for the purge that follows.
  if (script.commands.some(({ program, words }) => program === 'apt-mark' && words[1]?.value === 'auto')) return true;
  return packages.some(
    (other) =>
      other.action === 'remove' &&
      other.call.step === step &&
      other.call.order > order &&
      other.packages.some((removed) => removed.name === name || removed.name === virtual || removed.name.includes('$')),
  );
}

/** The full variants of the official images are built on buildpack-deps and hold a compiler already. */
function isThere(name: string, { base }: PythonStage): boolean {
  const isFull = base?.python === 'official' && base.hasDistributionPython === true;
  return isFull && /^(?:gcc|g\+\+|make|build-essential)$/.test(name);
}
