import { insertLines } from '../../src/dockerfile/edit.ts';
import { isPlainPath } from '../../src/dockerfile/stages.ts';
import { defineRule, fixOf } from '../../src/engine/rule.ts';
import { pathOf } from '../../src/image/words.ts';
import { chainOf, changesPackages, factsOf } from '../../src/python/facts.ts';
import type { PythonEnvironment, PythonStage } from '../../src/python/model.ts';
import { environmentOnPath } from '../../src/python/search.ts';
import { isPythonProgram, startsOf } from '../../src/python/starts.ts';
import { activationLines } from '../../src/python/venv-lines.ts';

const BOOTSTRAP = new Set(['pip', 'setuptools', 'wheel', 'uv', 'virtualenv', 'poetry', 'pipenv', 'pdm', 'build']);

export default defineRule({
  *dockerfile(file) {
    const final = file.python.final;
    if (final === undefined) return;
    const environment = onlyEnvironment(final);
    const path = final.stage.environment.get('PATH');
    if (environment === undefined || path?.known !== true || path.text.includes(`${environment.path.text}/`)) return;
    if (!isFilled(environment, file.python.stages) || hasOtherPackages(final) || isBridged(final, environment)) return;
    const { entrypoint, cmd } = startsOf(final);
    const start = entrypoint ?? cmd;
    const call = start?.calls[0];
    const word = call?.words[0];
    if (start === undefined || call === undefined || word === undefined || call.script.isTooLong) return;
    // BASH_ENV may activate it for a shell form under bash.
    if (environmentOnPath(call.searchPath, final.known) !== undefined) return;
    // `. venv/bin/activate && …`, and everything else that does more than start a program.
    if (
      start.calls.length > 1 ||
      word.value.includes('/') ||
      !isPythonProgram(word.value) ||
      word.value === 'supervisord'
    )
      return;
    const { instruction } = start.step;
    yield {
      at: word.range,
      data: { program: word.value, venv: environment.path.text },
      // half-activated adds the line that is missing where VIRTUAL_ENV is there.
      fix:
        isPlainPath(environment.path.text) && final.stage.environment.setting('VIRTUAL_ENV') === undefined
          ? fixOf('unsafe', 'Activate the environment by ENV', [
              insertLines(file, instruction, 'before', activationLines(environment.path.text)),
            ])
          : undefined,
    };
  },
  *image(image) {
    const { argv, files, python } = image;
    const [program = ''] = argv;
    const venvs = python.environments.filter(({ kind, layer }) => kind !== 'conda' && image.isOwn(layer));
    if (program === '' || venvs.length === 0) return;
    const chain = image.run(program);
    if (chain === undefined || chain.environment !== undefined) return;
    const directories = pathOf(image);
    // A program that nobody finds, but for the bin of a venv.
    if (chain.found === undefined && !program.includes('/')) {
      // On PATH and not found: somebody may not go there, which is another rule's matter.
      const venv = venvs.find(
        ({ path }) => files.isFile(`${path}/bin/${program}`) && !directories.includes(`${path}/bin`),
      );
      if (venv !== undefined)
        yield { path: `${venv.path}/bin/${program}`, layer: venv.layer, data: { program, venv: venv.path } };
      return;
    }
    // `python -m NAME`, where only a venv has the module.
    const base = chain.interpreter;
    const at = argv.indexOf('-m');
    const name = argv[at + 1]?.split('.')[0];
    // Behind the name of a script it is the script's own option.
    if (base === undefined || at < 1 || name === undefined || !argv.slice(1, at).every((word) => word.startsWith('-')))
      return;
    const holds = (site: string): boolean =>
      files.isDirectory(`${site}/${name}`) || files.list(site).some((file) => file.startsWith(`${name}.`));
    const home = image.variable('HOME') ?? image.user?.home ?? '/';
    const isFound =
      holds(base.stdlib) ||
      holds(`${home}/.local/lib/python${base.version}/site-packages`) ||
      holds(image.config?.workdir ?? '/') ||
      (image.variable('PYTHONPATH') ?? '').split(':').some((path) => path !== '' && holds(path)) ||
      ['site', 'dist'].some((kind) =>
        [
          `${base.stdlib}/${kind}-packages`,
          `/usr/local/lib/python${base.version}/${kind}-packages`,
          `/usr/lib/python3/${kind}-packages`,
        ].some(holds),
      );
    const venv = venvs.find(({ path, version }) => holds(`${path}/lib/python${version}/site-packages`));
    if (!isFound && venv !== undefined)
      yield { layer: venv.layer, data: { program: argv.slice(0, at + 2).join(' '), venv: venv.path } };
  },
});

function onlyEnvironment({ known }: PythonStage): PythonEnvironment | undefined {
  const paths = new Set(known.map(({ path }) => path.text));
  const [environment] = known;
  return paths.size === 1 && environment?.path.known && environment.kind !== 'base-image' ? environment : undefined;
}

/** Something was installed into it, here or where it was made. */
function isFilled(environment: PythonEnvironment, all: readonly PythonStage[]): boolean {
  for (let at: PythonEnvironment | undefined = environment; at !== undefined; at = at.original) {
    const { path, stage } = at;
    const stages = [
      factsOf(stage, all),
      ...all.filter((other) => chainOf(other).some((above) => above.stage === stage)),
    ];
    if (
      stages.some((pythonStage) =>
        pythonStage?.installs.some(
          (install) =>
            install.target.kind === 'environment' && install.target.path.text === path.text && changesPackages(install),
        ),
      )
    )
      return true;
  }
  return false;
}

/** Packages may be found without the environment: installed elsewhere too, copied, or by something that cannot be read. */
function hasOtherPackages(final: PythonStage): boolean {
  return (
    final.base === undefined ||
    chainOf(final).some(
      ({ installs, opaque, copies, packages }) =>
        opaque.length > 0 ||
        installs.some(
          (install) =>
            changesPackages(install) && install.target.kind !== 'environment' && !install.installsOnly(BOOTSTRAP),
        ) ||
        packages.some((call) =>
          call.packages.some(({ name }) => /^(?:python3|py3)-(?!venv|pip|full|minimal|dev|virtualenv)/.test(name)),
        ) ||
        copies.some(
          ({ sources, from, isFromImage }) =>
            (from !== undefined || isFromImage) &&
            sources.some(
              ({ path }) => /^\/usr(?:\/local)?(?:\/|$)|-packages/.test(path.text) && !/\/uvx?$/.test(path.text),
            ),
        ),
    )
  );
}

/** PYTHONPATH, or links and wrappers in a directory of PATH, lead into the environment. */
function isBridged(final: PythonStage, { path }: PythonEnvironment): boolean {
  const bin = `${path.text}/bin`;
  const isLinked = chainOf(final).some(
    ({ calls, writes }) =>
      calls.some(
        (call) =>
          /^(?:ln|cp|install)$/.test(call.program) &&
          call.operands.some((word) => call.path(word).text.startsWith(`${bin}/`)),
      ) ||
      writes.some((write) => /\/bin\//.test(write.path.text) && write.lines.some(({ text }) => text.includes(bin))),
  );
  if (isLinked) return true;
  const { stage } = final;
  return stage.environment.get('PYTHONPATH')?.text.includes(path.text) ?? false;
}
